"""Does Python's transformers read a sealed model as C++ does? Logits to 1e-4, token ids equal on 1,000 strings.

    python3 tests/python/transformers_check.py BUILD/tests/dump_logits [SEALED_DIR]
Without SEALED_DIR random models of every kind are sealed and compared. Runs in a virtual environment of its own
(TRIVIUM_HF_VENV, default <repository>/.venv-hf), made on first use; exits 77 with a message where that can't be done.
"""
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
PACKAGES = ["torch==2.13.0", "transformers==5.23.0", "sentencepiece", "protobuf", "safetensors", "numpy", "gguf"]
SKIP = 77
NUM_STRINGS, NUM_LOGITS, TOLERANCE = 1000, 100, 1e-4


def share_torch(venv):
    """Lets the venv see the project's packages, so that pip need not install the same torch twice. Another version of
    it there is no harm: pip then installs its own, which comes first."""
    for site in venv.glob("lib/python*/site-packages"):
        project = REPOSITORY / ".venv" / site.relative_to(venv)
        if (project / "torch").is_dir():
            (site / "project.pth").write_text(f"{project}\n")


def python_of_venv():
    """The interpreter of the venv, made if it isn't there; None if it can't be."""
    venv = pathlib.Path(os.environ.get("TRIVIUM_HF_VENV", REPOSITORY / ".venv-hf"))
    python = venv / "bin" / "python"
    check = [str(python), "-c", "import torch, transformers, sentencepiece, safetensors, google.protobuf, gguf"]
    if python.exists() and subprocess.run(check, capture_output=True).returncode == 0:
        return python
    print(f"making {venv} with {', '.join(PACKAGES)}", flush=True)
    steps = [[sys.executable, "-m", "venv", str(venv)],
             [str(python), "-m", "pip", "install", "--quiet", "--retries", "1", "--timeout", "20"] + PACKAGES, check]
    for step in steps:
        if "pip" in step:
            share_torch(venv)
        done = subprocess.run(step, capture_output=True, text=True)
        if done.returncode != 0:
            print("SKIPPED: " + " ".join(step) + " failed:\n" + done.stderr[-600:])
            return None
    return python


def make_strings():
    """Sentences like the corpus's, then text meant to trip tokenizers. Texts that name special tokens are left out:
    transformers takes "<s>" in a text for the token, SentencePiece takes it for four characters."""
    rng = random.Random(5)
    names = "anna ben carla dora emil fred greta".split()
    words = "friend teacher boss taller kind red blip zorp someone then".split()
    strings = [f" the {rng.choice(words)} of {rng.choice(names)} is {rng.choice(names)} ." for _ in range(300)]
    strings += ["", " ", "  ", "\t", "\n", "a", " a", "a ", "  a  b  ", "\u2581", "\u00a0", "e\u0301", "\u00e9",
                "\u6f22\u5b57", "\U0001f642", "\ufeff", "1234567", "3.14", "<", "<0x41>", "don't", "A B", "\u0000", "\r\n"]
    pieces = names + words + [" ", "  ", "\n", "\t", ".", ",", "?", "0", "17", "\u00fc", "\u4e16", "\U0001f600", "Z", "-", "(", "'"]
    while len(strings) < NUM_STRINGS:
        glue = rng.choice(["", " ", " "])
        strings.append(glue.join(rng.choice(pieces) for _ in range(rng.randrange(1, 20))))
    return strings


def compare(folder, dump_logits, strings_file, out, sealed=None):
    """`folder` in transformers against `sealed` (the same folder by default) in C++. Prints one line; the number of
    differences. Tokenizers are compared only where both read the same folder."""
    import torch
    from safetensors.torch import load_file
    from transformers import AutoModelForCausalLM, AutoTokenizer

    subprocess.run([dump_logits, "run", sealed or folder, strings_file, str(NUM_LOGITS), out], check=True)
    strings = json.loads(pathlib.Path(strings_file).read_text())
    ids = json.loads((pathlib.Path(out) / "ids.json").read_text())
    logits = load_file(pathlib.Path(out) / "logits.safetensors")
    tokenizer = AutoTokenizer.from_pretrained(sealed or folder)
    model, report = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, output_loading_info=True)
    faults = 0
    for text, expected in zip(strings, ids):
        got = tokenizer(text, add_special_tokens=False)["input_ids"]
        if got != expected:
            faults += 1
            if faults <= 5:
                print(f"  ids of {text!r}: transformers {got}, trivium {expected}")
    worst = 0.0
    with torch.no_grad():
        for name, expected in logits.items():
            got = model(torch.tensor([ids[int(name)]])).logits[0]
            worst = max(worst, (got - expected).abs().max().item())
    missing = [key for key, value in report.items() if value]
    print(f"{pathlib.Path(folder).name}: ids differ on {faults} of {len(strings)} strings, "
          f"logits of {len(logits)} differ by at most {worst:.2e}{', load report ' + str(report) if missing else ''}")
    return faults + (not worst <= TOLERANCE) + len(missing)


def main():
    if "--inside" not in sys.argv:
        python = python_of_venv()
        if python is None:
            return SKIP
        return subprocess.run([str(python), __file__, "--inside"] + sys.argv[1:]).returncode
    dump_logits, *sealed = [argument for argument in sys.argv[1:] if argument != "--inside"]
    with tempfile.TemporaryDirectory() as temp:
        strings_file = str(pathlib.Path(temp) / "strings.json")
        pathlib.Path(strings_file).write_text(json.dumps(make_strings()))
        if not sealed:
            for embeddings, kv_heads in (("fixed", 4), ("tied", 2)):
                sealed.append(str(pathlib.Path(temp) / f"{embeddings}_{kv_heads}_kv_heads"))
                subprocess.run([dump_logits, "seal", strings_file, sealed[-1], embeddings, str(kv_heads)], check=True)
        faults = sum(compare(folder, dump_logits, strings_file, str(pathlib.Path(temp) / "out")) for folder in sealed)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
