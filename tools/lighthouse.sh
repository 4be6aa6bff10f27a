#!/bin/sh
# Ask Lighthouse about pages of a site that runs, three times each; the best of three stands, since a busy machine makes
# only the score of performance worse. usage: lighthouse.sh SITE PATH...
set -eu
site=$1
shift
CHROME_PATH=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
if ! command -v npx >/dev/null || [ -z "$CHROME_PATH" ]; then
	echo "lighthouse: npm and chromium cannot be had here: skipped"
	exit 0
fi
export CHROME_PATH
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
for path in "$@"; do
	for turn in 1 2 3; do
		npx --yes lighthouse@12 "$site$path" --quiet --output=json --output-path="$out/$turn.json" \
			--chrome-flags="--headless=new --no-sandbox --disable-gpu"
	done
	python3 - "$site$path" "$out" <<'PY'
import json, pathlib, sys

runs = [json.loads(each.read_text())["categories"] for each in pathlib.Path(sys.argv[2]).glob("*.json")]
best = {name: max(round(run[name]["score"] * 100) for run in runs) for name in runs[0]}
print(sys.argv[1], " ".join(f"{name} {score}" for name, score in best.items()))
PY
done
