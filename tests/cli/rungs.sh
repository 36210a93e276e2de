#!/usr/bin/env bash
# A ladder of training, typed as a user would: rung after rung, each from the weights of the one before, gone on with
# after it was cut short.   usage: rungs.sh TRIVIUM
set -euo pipefail
trivium=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fail() {
  echo "FAILED: $*"
  tail -n 5 "$dir/log"
  exit 1
}
same() { cmp -s "$1/pipeline/algorithm/model.safetensors" "$2/pipeline/algorithm/model.safetensors"; }

"$trivium" stage1 train --set corpus.documents=200 --set train.steps=4 --set train.batch_items=4 --set train.block_tokens=32 \
  --set model.width=32 --set model.layers=2 --threads 1 --quiet --out "$dir/s1"
"$trivium" stage1 freeze "$dir/s1" --out "$dir/lm" >"$dir/log" 2>&1
small=(--set train.batch_items=4 --set train.warmup_steps=1 --threads 1)
rungs="train.rungs=[lookup 3, lookup relations 4]"

"$trivium" stage2 train --lm "$dir/lm" "${small[@]}" --set "$rungs" --seed 5 --out "$dir/run" >"$dir/log" 2>&1
grep -q "rung 2 of 2: lookup relations 4" "$dir/log" || fail "the second rung is not told"
[ -d "$dir/run/rungs/1/pipeline" ] && [ -d "$dir/run/pipeline" ] || fail "a rung left no pipeline"

# By hand: the same weights, bit for bit.
"$trivium" stage2 train --lm "$dir/lm" "${small[@]}" --set "data.families=[lookup]" --set train.steps=3 --seed 5 --quiet --out "$dir/one" >"$dir/log"
"$trivium" stage2 train --from "$dir/one/pipeline" "${small[@]}" --set "data.families=[lookup,relations]" --set train.steps=4 --seed 1005 \
  --quiet --out "$dir/two" >"$dir/log"
same "$dir/run/rungs/1" "$dir/one" || fail "the first rung differs from the same run by hand"
same "$dir/run" "$dir/two" || fail "the second rung differs from the same run by hand"

# What is done stays, what is not is trained: a rung cut short before its first checkpoint, or while its pipeline was
# written. How often is saved makes no difference.
climb() { "$trivium" stage2 train --lm "$dir/lm" "${small[@]}" --seed 5 --out "$dir/run" "$@" >"$dir/log" 2>&1; }
rm -r "$dir/run/pipeline" "$dir/run/checkpoints"
climb --set "$rungs" --resume --set train.checkpoint_every=50 || fail "a ladder cut short in its last rung is not gone on with"
grep -q "rung 1 of 2 is done" "$dir/log" || fail "the first rung was trained again"
same "$dir/run" "$dir/two" || fail "a ladder that was gone on with ends elsewhere"
rm "$dir/run/rungs/1/pipeline/index.json"
rm -r "$dir/run/pipeline" "$dir/run/checkpoints" "$dir/run/config.yaml"
climb --set "$rungs" --resume || fail "a rung whose pipeline is half written is not gone on with"
same "$dir/run/rungs/1" "$dir/one" || fail "a rung whose pipeline was written anew differs"
same "$dir/run" "$dir/two" || fail "the rung after it differs"
climb --set "$rungs" --dry-run || fail "a plan is refused where a run is"

# Nothing else is taken for this ladder, nor begun over it.
refused() {
  local status=0 pattern=$1
  shift
  climb "$@" || status=$?
  [ "$status" = 2 ] || fail "exit $status, not 2: $*"
  grep -q -- "$pattern" "$dir/log" || fail "\"$pattern\" is not told: $*"
}
refused "another config: train.steps" --resume --set "train.rungs=[lookup 2, lookup relations 4]"
refused "from other weights" --resume --set "$rungs" --from "$dir/two/pipeline"
refused "holds rungs" --resume
refused "another folder with --out" --set "$rungs"
refused "beside train.rungs" --set "$rungs" --set train.steps=9
echo "rungs: ok"
