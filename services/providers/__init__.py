"""One folder per company; each exports `CONNECTORS`. The registry scans them by itself."""
