"""One folder per company; each exports `CONNECTORS`. Nothing outside names a folder: the registry scans them."""
