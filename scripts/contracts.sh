#!/usr/bin/env bash
# Record what the verbs that outsiders call print, one file a call, so that two versions are compared with diff -r.
#
#   scripts/contracts.sh OUT
#
# Reads the clips of EMOS_SHARED_MEDIA, the files that its make.sh makes (EMOS_MADE_MEDIA, if they are made already)
# and the release of EMOS_RELEASE. EMOS names the command. Prose (warnings, what and fix of findings) is counted, not
# kept: it may be worded anew. Everything else is: keys, numbers, hashes, codes, exit codes.
set -euo pipefail

out=${1:?usage: scripts/contracts.sh OUT}
root=$(cd "$(dirname "$0")/.." && pwd)
emos=${EMOS:-$root/.venv/bin/emos}
media=${EMOS_SHARED_MEDIA:-$root/../shared/media}
release=${EMOS_RELEASE:-$root/../shared/emos-release}
made=${EMOS_MADE_MEDIA:-}
mkdir -p "$out"
out=$(cd "$out" && pwd)

if [ -z "$made" ]; then
  made=$out/made
  bash "$media/make.sh" "$made" >/dev/null 2>&1
fi

# Keeps what is compared: sorted keys, names of files without folders, prose as the number of its lines.
reduce='
import json, pathlib, sys

PROSE = {"warnings", "what", "fix", "why", "error", "batch_holds", "note"}

def keep(value, key=None):
    if key in PROSE:
        return len(value) if isinstance(value, list) else bool(value)
    if key == "path" and value:
        return pathlib.PurePath(value).name
    if isinstance(value, dict):
        return {name: keep(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [keep(each) for each in value]
    return value

for line in sys.stdin:
    try:
        print(json.dumps(keep(json.loads(line)), sort_keys=True, ensure_ascii=False))
    except ValueError:
        print(line, end="")
'

# record FILE VERB ARGUMENTS...: the reduced output, then the exit code and how many lines went to stderr.
record() {
  local file=$out/$1
  shift
  mkdir -p "$(dirname "$file")"
  local code=0
  "$emos" "$@" >"$out/.stdout" 2>"$out/.stderr" || code=$?
  python3 -c "$reduce" <"$out/.stdout" >"$file"
  echo "exit $code" >>"$file"
}

while IFS= read -r path; do
  name=$(basename "$path")
  case "$name" in *.sh | *.tsv | *.md | *.txt | .done) continue ;; esac
  record "probe/$name" probe "$path" --json
  record "windows/$name.raise" windows "$path" --json
  record "windows/$name.mask" windows "$path" --length 4 --hop 1 --fps 4 --size 96,128 --sample-rate 16000 --channels 1 \
    --on-error mask --json
  record "plan/$name" plan "$path" --length 4 --hop 1 --json
done < <(find "$media/talking" "$media/torture" "$made" -maxdepth 1 -type f | LC_ALL=C sort)

record release/tables tables "$release" --json
record release/doctor doctor "$release" --json
record release/doctor_media doctor "$release" --media "$media/talking" --json
for seed in 0 7; do
  record "release/splits_$seed" splits "$release" --seed "$seed" --test 0.2 --json
done
plan=("$release" --json)
record release/plan_hop plan "${plan[@]}" --length 4 --hop 0.5
record release/plan_shuffle plan "${plan[@]}" --length 4 --hop 0.5 --boundary-slack 0.5 --lanes 4 --per-lane 2 --fps 4 --seed 7
record release/plan_soften plan "${plan[@]}" --length 4 --hop 0.5 --boundary-slack 1 --boundary-mode soften --order contiguous
for by in utterance sentence; do
  record "release/plan_$by" plan "${plan[@]}" --by "$by" --buckets 4
done
record release/plan_change plan "${plan[@]}" --by change --length 4 --order iid
record wrong/no_such_file probe "$out/there-is-none.mp4" --json
record wrong/no_such_verb no-such-verb
record wrong/no_length windows "$media/talking/en_grid_bbaf2n_3s.mpg" --length 0 --json
record wrong/not_media probe "$media/MANIFEST.tsv" --json
rm -f "$out/.stdout" "$out/.stderr"
