"""Do other programs read what `trivium export` writes, and does `trivium import` read what they write?

    python3 tests/python/interop_check.py BUILD/trivium BUILD/tests/dump_logits
* a Hugging Face folder exported from a sealed model: transformers gives the same ids, logits to 1e-4;
* Llamas made by transformers (grouped keys, untied and tied heads, float32 and bfloat16), imported: the same logits;
* a GGUF file: the gguf package reads the same tensors bit for bit, and, where llama-cpp-python can be imported,
  llama.cpp continues prompts greedily with the same tokens as `trivium stage1 generate --temperature 0`.
Runs in the virtual environment of transformers_check.py (TRIVIUM_HF_VENV); exits 77 where that can't be made.
To check llama.cpp too: TRIVIUM_HF_VENV/bin/pip install llama-cpp-python (it compiles for some minutes).
"""
import importlib.util
import io
import json
import pathlib
import random
import subprocess
import sys
import tempfile

import transformers_check as check

PROMPTS = ["the friend of anna is", "someone is kind", "anna", "3 blip 4 is", "the teacher of the boss of ben is", "x"]


def run(*command):
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def make_llama(folder, strings, kv_heads, tied, dtype):
    """A random Llama with a SentencePiece tokenizer, saved by transformers."""
    import sentencepiece
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    model_bytes = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(strings), model_writer=model_bytes, vocab_size=420, model_type="bpe", byte_fallback=True,
        normalization_rule_name="identity", remove_extra_whitespaces=False, add_dummy_prefix=False,
        hard_vocab_limit=False, minloglevel=2)
    vocab = sentencepiece.SentencePieceProcessor(model_proto=model_bytes.getvalue()).get_piece_size()
    torch.manual_seed(3)
    config = LlamaConfig(vocab_size=vocab, hidden_size=48, intermediate_size=100, num_hidden_layers=3,
                         num_attention_heads=6, num_key_value_heads=kv_heads, max_position_embeddings=256,
                         tie_word_embeddings=tied, bos_token_id=1, eos_token_id=2, pad_token_id=None)
    LlamaForCausalLM(config).to(dtype).save_pretrained(folder)
    (folder / "tokenizer.model").write_bytes(model_bytes.getvalue())


def check_gguf(file, sealed):
    """Differences between the tensors of a GGUF file, read by the gguf package, and those of the sealed model."""
    import numpy
    from gguf import GGUFReader
    from safetensors.numpy import load_file

    weights = load_file(sealed / "model.safetensors")
    config = json.loads((sealed / "config.json").read_text())
    heads = {"attn_q": config["num_attention_heads"], "attn_k": config["num_key_value_heads"]}
    wanted = {}
    for name, value in weights.items():
        theirs = name.replace("model.layers.", "blk.")
        for ours, new in (("self_attn.q_proj", "attn_q"), ("self_attn.k_proj", "attn_k"), ("self_attn.v_proj", "attn_v"),
                          ("self_attn.o_proj", "attn_output"), ("mlp.gate_proj", "ffn_gate"), ("mlp.up_proj", "ffn_up"),
                          ("mlp.down_proj", "ffn_down"), ("input_layernorm", "attn_norm"),
                          ("post_attention_layernorm", "ffn_norm"), ("model.embed_tokens", "token_embd"),
                          ("model.norm", "output_norm"), ("lm_head", "output")):
            theirs = theirs.replace(ours, new)
        for part, count in heads.items():
            if "." + part + "." in theirs:  # as llama.cpp's converter permutes them
                value = value.reshape(count, 2, value.shape[0] // count // 2, value.shape[1]).swapaxes(1, 2).reshape(value.shape)
        wanted[theirs] = value
    found = {tensor.name: tensor.data for tensor in GGUFReader(file).tensors}
    faults = len(set(wanted) ^ set(found))
    faults += sum(not numpy.array_equal(found[name], value) for name, value in wanted.items() if name in found)
    print(f"{file.name}: {len(found)} tensors read by gguf, {faults} differ")
    return faults


def check_llama_cpp(file, sealed, trivium, temp):
    """Prompts that llama.cpp continues with other tokens than trivium."""
    if importlib.util.find_spec("llama_cpp") is None:
        print("SKIPPED: llama-cpp-python is not installed; the file was not read by llama.cpp")
        return 0
    from llama_cpp import Llama

    llama = Llama(str(file), n_ctx=128, verbose=False, n_threads=1)
    faults = 0
    for prompt in PROMPTS:
        result = temp / "generation.json"
        run(trivium, "stage1", "generate", sealed, prompt, "--temperature", 0, "--tokens", 24, "--json", result)
        wanted = json.loads(result.read_text())["ids"]
        ids = llama.tokenize((" " + prompt).encode(), add_bos=True)
        got = []
        for token in llama.generate(ids, temp=0.0, top_k=1, repeat_penalty=1.0, reset=True):
            if token == llama.token_eos() or len(got) == len(wanted):
                break
            got.append(token)
        if got != wanted:
            faults += 1
            print(f"  {prompt!r}: llama.cpp {got}, trivium {wanted}")
    print(f"{file.name}: {faults} of {len(PROMPTS)} greedy continuations differ in llama.cpp")
    return faults


def inside(trivium, dump_logits):
    import torch
    from transformers.utils import logging

    logging.disable_progress_bar()
    faults = 0
    with tempfile.TemporaryDirectory() as folder:
        temp = pathlib.Path(folder)
        strings = check.make_strings()
        strings_file = str(temp / "strings.json")
        pathlib.Path(strings_file).write_text(json.dumps(strings))
        for embeddings, kv_heads in (("fixed", 2), ("tied", 4)):
            sealed = temp / f"sealed_{embeddings}"
            run(dump_logits, "seal", strings_file, sealed, embeddings, kv_heads)
            exported, gguf = temp / f"exported_{embeddings}", temp / f"{embeddings}.gguf"
            run(trivium, "export", sealed, "--format", "hf", "--out", exported)
            run(trivium, "export", sealed, "--format", "gguf", "--out", gguf)
            faults += check.compare(str(exported), dump_logits, strings_file, str(temp / "out"), str(sealed))
            faults += check_gguf(gguf, sealed)
            faults += check_llama_cpp(gguf, sealed, trivium, temp)
        plain = [text for text in strings if text.strip() and "\0" not in text and len(text) < 500]
        random.Random(1).shuffle(plain)
        for kv_heads, tied, dtype in ((2, False, torch.float32), (3, True, torch.float32), (6, False, torch.bfloat16)):
            theirs = temp / f"llama_{kv_heads}_{tied}_{str(dtype)[6:]}"
            make_llama(theirs, plain, kv_heads, tied, dtype)
            imported = temp / (theirs.name + "_imported")
            run(trivium, "import", theirs, "--out", imported)
            faults += check.compare(str(theirs), dump_logits, strings_file, str(temp / "out"), str(imported))
    return 1 if faults else 0


def main():
    if "--inside" in sys.argv:
        return inside(*[word for word in sys.argv[1:] if word != "--inside"])
    python = check.python_of_venv()
    if python is None:
        return check.SKIP
    return subprocess.run([str(python), __file__, "--inside"] + sys.argv[1:]).returncode


if __name__ == "__main__":
    sys.exit(main())
