#!/usr/bin/env bash
# A ladder of training, typed as a user would: rung after rung, each from the weights of the one before, gone on with
# after it was cut short.   usage: rungs.sh TRIVIUM
set -euo pipefail
trivium=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fail() {
  echo "FAILED: $*"
  exit 1
}
same() { cmp -s "$1/pipeline/algorithm/model.safetensors" "$2/pipeline/algorithm/model.safetensors"; }

"$trivium" stage1 train --set corpus.documents=200 --set train.steps=4 --set train.batch_items=4 --set train.block_tokens=32 \
  --set model.width=32 --set model.layers=2 --threads 1 --quiet --out "$dir/s1"
"$trivium" stage1 freeze "$dir/s1" --out "$dir/lm" >"$dir/log"
small=(--set train.batch_items=4 --set train.warmup_steps=1 --threads 1)
rungs="train.rungs=[lookup 3, lookup relations 4]"

"$trivium" stage2 train --lm "$dir/lm" "${small[@]}" --set "$rungs" --seed 5 --out "$dir/run" >"$dir/log" 2>&1
grep -q "rung 2 of 2: lookup relations 4" "$dir/log" || fail "the second rung is not told"
[ -d "$dir/run/rungs/1/pipeline" ] && [ -d "$dir/run/pipeline" ] || fail "a rung left no pipeline"

# By hand: the same weights, bit for bit.
"$trivium" stage2 train --lm "$dir/lm" "${small[@]}" --set "data.families=[lookup]" --set train.steps=3 --seed 5 --quiet --out "$dir/one" >"$dir/log"
"$trivium" stage2 train --from "$dir/one/pipeline" "${small[@]}" --set "data.families=[lookup,relations]" --set train.steps=4 --seed 6 \
  --quiet --out "$dir/two" >"$dir/log"
same "$dir/run/rungs/1" "$dir/one" || fail "the first rung differs from the same run by hand"
same "$dir/run" "$dir/two" || fail "the second rung differs from the same run by hand"

# What is done stays, what is not is trained.
rm -r "$dir/run/pipeline" "$dir/run/checkpoints" "$dir/run/config.yaml"
"$trivium" stage2 train --lm "$dir/lm" "${small[@]}" --set "$rungs" --seed 5 --resume --out "$dir/run" >"$dir/log" 2>&1
grep -q "rung 1 of 2 is done" "$dir/log" || fail "the first rung was trained again"
same "$dir/run" "$dir/two" || fail "a ladder that was gone on with ends elsewhere"

# Another ladder is not taken for this one, nor begun over it.
refused() {
  local status=0
  "$trivium" stage2 train --lm "$dir/lm" "${small[@]}" --seed 5 --out "$dir/run" "$@" >"$dir/log" 2>&1 || status=$?
  [ "$status" = 2 ] || fail "exit $status, not 2: $*"
  grep -q "another --out\|another folder with --out" "$dir/log" || fail "no way out is named: $*"
}
refused --resume --set "train.rungs=[lookup 2, lookup relations 4]"
refused --set "$rungs"
echo "rungs: ok"
