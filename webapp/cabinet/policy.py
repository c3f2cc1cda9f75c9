"""What a page of ours may do in a browser: the headers of every HTML answer of the cabinet."""

from __future__ import annotations

APP_SCRIPT = "https://telegram.org/js/telegram-web-app.js"
POLICY = {
    "default-src": "'none'",
    "script-src": "'self' https://telegram.org",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "media-src": "'self' blob:",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-src": "'self'",
    "frame-ancestors": "https://web.telegram.org",
    "report-uri": "/app/errors",
}
HEADERS = {
    "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in POLICY.items()),
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cache-Control": "no-store",
    "Vary": "HX-Request, Cookie, Accept-Language",
}
