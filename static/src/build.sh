#!/bin/sh
# Rebuilds static/css/app.css, the fonts and the icon sprite. Needs Node; everybody else uses the committed result.
set -eu
cd "$(dirname "$0")"
if ! command -v npm >/dev/null; then
  echo "Node and npm are needed to build the style sheet. The committed one works without them." >&2
  exit 1
fi
# Not `npm ci`: it refuses a lock file that leaves out builds of Tailwind for other systems, as some registries do.
npm install --no-save --no-audit --no-fund
npm run build
