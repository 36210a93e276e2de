#!/usr/bin/env bash
# What a user can get wrong, typed as a user would: each case must end with its exit code, a message that names the
# place, and nothing written half.   usage: bad_input.sh TRIVIUM
set -uo pipefail
trivium=$1
dir=$(mktemp -d)
mounted=""
trap '[ -n "$mounted" ] && umount "$mounted"; rm -rf "$dir"' EXIT
failures=0 cases=0

# expect CODE PATTERN COMMAND...: runs the command, checks exit code and that the output matches the pattern.
expect() {
  local code=$1 pattern=$2 output actual
  shift 2
  output=$("$@" 2>&1)
  actual=$?
  cases=$((cases + 1))
  if [ "$actual" != "$code" ] || ! grep -qE -- "$pattern" <<<"$output"; then
    failures=$((failures + 1))
    printf 'FAILED (exit %s, expected %s, pattern %s): %s\n%s\n' "$actual" "$code" "$pattern" "$*" "$(tail -n 5 <<<"$output")"
  fi
}
absent() {
  cases=$((cases + 1))
  if [ -e "$1" ]; then failures=$((failures + 1)); echo "FAILED: $1 was written"; fi
}

small1=(--set corpus.documents=200 --set train.steps=8 --set train.batch_items=4 --set train.block_tokens=32 --set model.width=32 --set model.layers=2 --threads 2 --quiet)
small2=(--set train.steps=6 --set train.batch_items=8 --threads 2 --quiet)

# Something good to damage.
expect 0 "" "$trivium" stage1 train "${small1[@]}" --out "$dir/s1"
expect 0 "" "$trivium" stage1 freeze "$dir/s1" --out "$dir/lm"
expect 0 "" "$trivium" stage2 train --lm "$dir/lm" "${small2[@]}" --out "$dir/s2"
pipeline=$dir/s2/pipeline
expect 0 "^ok" "$trivium" verify "$pipeline" "$dir/lm" "$dir/s1" "$dir/s2"

# Config keys.
printf 'train:\n  stpes: 5\n' >"$dir/unknown.yaml"
printf 'train:\n  steps: 5\n  steps: 6\n' >"$dir/duplicate.yaml"
printf 'train:\n  steps: many\n' >"$dir/mistyped.yaml"
expect 2 "unknown.yaml:2.*train.steps" "$trivium" stage2 train --lm "$dir/lm" --config "$dir/unknown.yaml" --out "$dir/x"
expect 2 "duplicate.yaml:3" "$trivium" stage2 train --lm "$dir/lm" --config "$dir/duplicate.yaml" --out "$dir/x"
expect 2 "mistyped.yaml:2" "$trivium" stage2 train --lm "$dir/lm" --config "$dir/mistyped.yaml" --out "$dir/x"
expect 2 "train.steps" "$trivium" stage2 train --lm "$dir/lm" --set train.stpes=3 --out "$dir/x"
expect 2 "stage2 train" "$trivium" stage2 trian
expect 3 "no pipeline at $dir/nowhere" "$trivium" stage2 train --lm "$dir/lm" --from "$dir/nowhere" --out "$dir/x"
expect 2 "stage2 eval computes on the CPU only" "$trivium" stage2 eval "$dir/x" --device cuda
expect 2 "relations" "$trivium" stage2 train --lm "$dir/lm" --set "data.families=[relation]" --out "$dir/x"
absent "$dir/x"

# A tokenizer without a padding piece, as Llama's have none, and other things that an imported folder may hold: read
# rightly to the last command, or refused with the reason.
expect 0 "" "$trivium" export "$dir/lm" --out "$dir/hf" --quiet
python3 - "$dir/hf" <<'END'
import json, pathlib, shutil, sys
folder = pathlib.Path(sys.argv[1])
model = folder / "tokenizer.model"
data = model.read_bytes()
assert data.count(b"<pad>") == 1
model.write_bytes(data.replace(b"<pad>", b"<non>"))
def variant(name, file, **changes):
    copy = folder.with_name(name)
    shutil.copytree(folder, copy)
    config = json.loads((copy / file).read_text())
    config.update(changes)
    (copy / file).write_text(json.dumps(config))
variant("hf_default", "config.json", rope_scaling={"rope_type": "default"})
variant("hf_yarn", "config.json", rope_scaling={"rope_type": "yarn", "factor": 2.0})
variant("hf_no_bos", "tokenizer_config.json", add_bos_token=False)
END
expect 0 "" "$trivium" import "$dir/hf" --out "$dir/nopad" --quiet
expect 0 "" "$trivium" stage2 train --lm "$dir/nopad" "${small2[@]}" --out "$dir/s2nopad"
expect 0 "." "$trivium" ask "$dir/s2nopad/pipeline" "the friend of ann is who ?" --loops 2
expect 0 "" "$trivium" import "$dir/hf_default" --out "$dir/rope" --quiet
expect 3 "rope_scaling" "$trivium" import "$dir/hf_yarn" --out "$dir/x"
expect 3 "add_bos_token" "$trivium" import "$dir/hf_no_bos" --out "$dir/x"
absent "$dir/x"

# Questions from standard input: what cannot be read is told, and the others are answered.
printf 'the friend of ann is who ?\n\n%s\nann is kind ?\n' "$(printf 'so %.0s' {1..400})" >"$dir/questions.txt"
expect 2 "question 3: .*longer than the language model's context" "$trivium" ask "$pipeline" --loops 2 --json "$dir/answers.json" <"$dir/questions.txt"
expect 0 "^2$" python3 -c 'import json, sys; print(len(json.load(open(sys.argv[1]))["answers"]))' "$dir/answers.json"
expect 2 "one question" "$trivium" ask "$pipeline" --html "$dir/x.html" <"$dir/questions.txt"

# Corpora.
: >"$dir/empty.txt"
printf 'good line\nbad \xff\xfe line\n' >"$dir/utf8.txt"
printf '{"text":"a"}\n{"txt":"b"}\n' >"$dir/field.jsonl"
expect 2 "empty" "$trivium" stage1 train --set corpus.source="$dir/empty.txt" --out "$dir/y"
expect 2 "utf8.txt:2" "$trivium" stage1 train --set corpus.source="$dir/utf8.txt" --out "$dir/y"
expect 2 "field.jsonl:2" "$trivium" stage1 train --set corpus.source="$dir/field.jsonl" --out "$dir/y"
expect 2 "nowhere.txt" "$trivium" stage1 train --set corpus.source="$dir/nowhere.txt" --out "$dir/y"
python3 -c "print('short line'); print('x' * 70000)" >"$dir/long.txt"
expect 2 "long.txt:2: a word of more than 65535 bytes" "$trivium" stage1 train --set corpus.source="$dir/long.txt" --out "$dir/y"
tar -C "$dir" -czf "$dir/docs.tar.gz" empty.txt long.txt
expect 2 "docs.tar.gz:1: holds a NUL byte.*archive" "$trivium" stage1 train --set corpus.source="$dir/docs.tar.gz" --out "$dir/y"
printf 'a\0b\n' >"$dir/nul.txt"
expect 2 "nul.txt:1: holds a NUL byte" "$trivium" stage1 train --set corpus.source="$dir/nul.txt" --out "$dir/y"
printf 'text,n\nhello,1\n' >"$dir/table.CSV"
expect 2 "table.CSV: a table is no corpus" "$trivium" stage1 train --set corpus.source="$dir/table.CSV" --out "$dir/y"
cp "$dir/field.jsonl" "$dir/field.JSONLINES"
expect 2 "field.JSONLINES:2" "$trivium" stage1 train --set corpus.source="$dir/field.JSONLINES" --out "$dir/y"
absent "$dir/y/checkpoints"

# Items and facts.
printf '{"facts":[],"question":"a ?","answer":"b"}\n{"facts":[],"answer":"b"}\n' >"$dir/items.jsonl"
expect 2 'items.jsonl:2.*"question"' "$trivium" stage2 eval "$pipeline" --items "$dir/items.jsonl"
python3 - "$dir" <<'PY'
import json, sys
long = "the friend of ada is " + "ben " * 5000 + "."
rows = [{"facts": ["the friend of ada is ben ."], "question": "the friend of ada is who ?", "answer": "ben"},
        {"facts": [long], "question": "the friend of ada is who ?", "answer": "ben"}]
open(sys.argv[1] + "/overlong.jsonl", "w").write("".join(json.dumps(row) + "\n" for row in rows))
rows[1] = {"facts": [""], "question": "ada is kind ?", "answer": "yes"}
open(sys.argv[1] + "/emptyfact.jsonl", "w").write("".join(json.dumps(row) + "\n" for row in rows))
rows[1] = {"facts": [], "question": "ada is kind ?", "answer": "yes and no and more"}
open(sys.argv[1] + "/wordy.jsonl", "w").write("".join(json.dumps(row) + "\n" for row in rows))
PY
expect 2 "overlong.jsonl:2: .*longer than the language model" "$trivium" stage2 eval "$pipeline" --items "$dir/overlong.jsonl"
expect 2 "overlong.jsonl:2: " "$trivium" stage2 train --lm "$dir/lm" --set data.items="$dir/overlong.jsonl" --out "$dir/x"
expect 2 "emptyfact.jsonl:2: " "$trivium" stage2 eval "$pipeline" --items "$dir/emptyfact.jsonl"
expect 2 "wordy.jsonl:2: .*answer_slots" "$trivium" stage2 train --lm "$dir/lm" --set data.items="$dir/wordy.jsonl" --out "$dir/x"
absent "$dir/x"
: >"$dir/nothing.txt"
expect 2 "nothing.txt: holds no facts" "$trivium" ask "$pipeline" "ada is kind ?" --facts "$dir/nothing.txt"
printf 'text,confidence\n"the friend of ada is ben .",0.5\n"the friend, of ada is ben .,1\n' >"$dir/facts.csv"
expect 2 "facts.csv:3: a quotation mark is not closed" "$trivium" ask "$pipeline" "ada is kind ?" --facts "$dir/facts.csv"
printf '#5 is red .\n# a comment\n' >"$dir/hash.txt"
expect 0 "#5 is red" "$trivium" ask "$pipeline" "#5 is red ?" --facts "$dir/hash.txt" --trace --quiet
expect 0 "relations" "$trivium" stage2 train --lm "$dir/lm" --set 'data.families=["lookup", "relations"]' --print-config
expect 2 "did you mean 'memory'" "$trivium" stage2 eval "$pipeline" --suite memroy
expect 2 "world-facts is no flag of --suite tasks" "$trivium" stage2 eval "$pipeline" --world-facts 20
expect 2 "give --loops the most of them" "$trivium" stage2 eval "$pipeline" --suite halting --loops auto
expect 2 "items is no flag of --suite memory" "$trivium" stage2 eval "$pipeline" --suite memory --items "$dir/items.jsonl"
audit=(--world-facts 12 --changes 2 --sequence 2 --threads 1)
expect 0 "no folder.*left out" "$trivium" stage2 eval "$pipeline" --suite memory "${audit[@]}" --facts-data "$dir/none"
mkdir "$dir/records"
echo '{"capital": {"templates": ["The capital of {} is"]}}' >"$dir/records/facts_relations.json"
echo '{"kind": "edit", "base": [["Peru", "capitl", "Lima"]]}' | xz >"$dir/records/facts_edits.jsonl.xz"
expect 2 "facts_edits.jsonl.xz:1.*did you mean .capital" "$trivium" stage2 eval "$pipeline" --suite memory "${audit[@]}" --facts-data "$dir/records"
expect 2 "world-facts" "$trivium" stage2 baseline "$pipeline" --world-facts 0 --out "$dir/monolith"
expect 3 "no pipeline" "$trivium" stage2 baseline "$dir/none" --out "$dir/monolith"
absent "$dir/monolith"
expect 2 "facts.txt" "$trivium" ask "$pipeline" "the friend of ada is who ?" --facts "$dir/facts.txt"
expect 2 "question is empty" "$trivium" ask "$pipeline" "  "
expect 0 "" "$trivium" ask "$pipeline" "the friend of Zoë 🙂 is who ?"
expect 2 "loops" "$trivium" ask "$pipeline" "ada is kind ?" --loops many

# Artefacts: missing, damaged in each file, of another vocabulary.
expect 3 "stage1 freeze" "$trivium" stage2 train --lm "$dir/none" --out "$dir/z"
expect 3 "no pipeline" "$trivium" ask "$dir/none" "ada is kind ?"

# Shards.
shard=$dir/people.shard
expect 0 "change 1" "$trivium" memory add "$shard" "the friend of ada is ben ."
expect 2 "says this already" "$trivium" memory add "$shard" "the friend of ada is ben ."
expect 2 "confidence" "$trivium" memory add "$shard" "ada is kind ." --confidence 7
expect 2 "no fact has the id" "$trivium" memory edit "$shard" nobody "ada is kind ."
expect 2 "there is no change 9" "$trivium" memory revert "$shard" 9
expect 2 "end in .shard" "$trivium" memory add "$dir/people.txt" "ada is kind ."
expect 2 "field.jsonl:2" "$trivium" memory import "$shard" "$dir/field.jsonl"
expect 0 "" "$trivium" ask "$pipeline" "the friend of ada is who ?" --shard "$shard=0.5"
expect 2 "half" "$trivium" ask "$pipeline" "the friend of ada is who ?" --shard "$shard=half"
expect 2 "no shard at" "$trivium" ask "$pipeline" "the friend of ada is who ?" --shard "$dir/none.shard"
expect 2 "no shard 'people' is mounted" "$trivium" ask "$pipeline" "the friend of ada is who ?" --unmount people
expect 0 "^ok" "$trivium" memory verify "$shard"
python3 - "$shard" <<'PY'
import sys
path = sys.argv[1]
data = bytearray(open(path, "rb").read())
data[data.rfind(b"the friend of ada")] ^= 1
open(path, "wb").write(data)
PY
expect 3 "people.shard: fact 1 " "$trivium" memory verify "$shard"
expect 3 "people.shard: fact 1 " "$trivium" ask "$pipeline" "the friend of ada is who ?" --shard "$shard"
expect 3 "not a database|no shard" "$trivium" memory verify "$dir/field.jsonl"
while IFS= read -r file; do
  cp "$file" "$dir/keep"
  python3 - "$file" <<'PY'
import sys
path = sys.argv[1]
data = bytearray(open(path, "rb").read())
data[len(data) // 2] ^= 1
open(path, "wb").write(data)
PY
  expect 3 "." "$trivium" verify "$pipeline"
  expect 3 "." "$trivium" ask "$pipeline" "ada is kind ?"
  cp "$dir/keep" "$file"
done < <(find "$pipeline" -type f)
expect 0 "^ok" "$trivium" verify "$pipeline"
expect 0 "" "$trivium" stage1 train "${small1[@]}" --seed 2 --set tokenizer.vocab_size=900 --out "$dir/s1b"
expect 0 "" "$trivium" stage1 freeze "$dir/s1b" --out "$dir/lm2"
cp -r "$pipeline" "$dir/mixed"
rm -r "$dir/mixed/language" && cp -r "$dir/lm2" "$dir/mixed/language"
expect 3 "language" "$trivium" ask "$dir/mixed" "ada is kind ?"
cp "$dir/lm2/tokenizer.model" "$dir/lm/tokenizer.model"
expect 3 "tokenizer.model" "$trivium" stage2 train --lm "$dir/lm" --out "$dir/z"
absent "$dir/z"

# What an interrupted save leaves behind does not make a run bad.
mkdir "$dir/s2/checkpoints/.step-9.tmp-1" "$dir/s2/checkpoints/damaged-step-3"
expect 0 "left over, not a checkpoint" "$trivium" verify "$dir/s2"
expect 2 "another language model" "$trivium" stage2 train --lm "$dir/lm2" --resume --out "$dir/s2"
# A width of 0 is the frozen model's: heads must divide that.
expect 2 "must be a multiple of twice reasoner.heads" "$trivium" stage2 train --lm "$dir/lm2" --set reasoner.width=0 --set reasoner.heads=62 --out "$dir/heads"
# Nor are other items taken for those that the run was begun with, nor an old tokenizer kept beside a new corpus.
printf '{"facts":["a b ."],"question":"a what ?","answer":"b"}\n' >"$dir/own.jsonl"
expect 0 "" "$trivium" stage2 train --lm "$dir/nopad" "${small2[@]}" --set data.items="$dir/own.jsonl" --out "$dir/s2own"
printf '{"facts":["a c ."],"question":"a what ?","answer":"c"}\n' >>"$dir/own.jsonl"
expect 2 "with other items" "$trivium" stage2 train --lm "$dir/nopad" --resume --out "$dir/s2own"
cp -r "$dir/s1" "$dir/s1early"
rm -r "$dir/s1early/checkpoints"
expect 2 "tokenizer.model is not what the run would begin with" "$trivium" stage1 train "${small1[@]}" --resume --set tokenizer.vocab_size=900 --out "$dir/s1early"
expect 0 "" "$trivium" stage1 train "${small1[@]}" --resume --out "$dir/s1early"
expect 0 "" "$trivium" stage1 freeze "$dir/s1early" --out "$dir/lm_early"
# A run that is resumed has its own config.
expect 0 "" "$trivium" stage1 train --resume --quiet --threads 2 --out "$dir/s1"

# A run is not overwritten, and a full disk is said so.
expect 2 "resume" "$trivium" stage2 train --lm "$dir/lm2" "${small2[@]}" --out "$dir/s2"
if mkdir "$dir/disk" && mount -t tmpfs -o size=300k tmpfs "$dir/disk" 2>/dev/null; then
  mounted=$dir/disk
  expect 4 "." "$trivium" stage2 train --lm "$dir/lm2" "${small2[@]}" --out "$dir/disk/run"
else
  echo "skipped: a full disk (needs root to mount a small tmpfs)"
fi

echo "$((cases - failures)) passed, $failures failed"
[ "$failures" = 0 ]
