"""Reference values for the layers of core/nn and a whole Llama block, in float64 with numpy and plain loops.

Written from the papers' formulas, not from the C++: the tests compare the two. Run from the repository root:
    python3 tests/parity/make_reference.py
It rewrites tests/parity/nn_reference.json, byte for byte the same on every machine with the same numpy.
"""
import json
import math
import pathlib

import numpy as np


def rms_norm(x, weight, eps):
    return x / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + eps) * weight


def silu(x):
    return x / (1.0 + np.exp(-x))


def swiglu(x, gate, up, down):
    return (silu(x @ gate.T) * (x @ up.T)) @ down.T


def rotary(x, theta, first=0):
    """x: [items, tokens, heads, head_width]; pairs (i, i + half) turned as complex numbers."""
    half = x.shape[-1] // 2
    y = np.empty_like(x)
    for token in range(x.shape[1]):
        for i in range(half):
            angle = (first + token) * theta ** (-2.0 * i / x.shape[-1])
            pair = (x[:, token, :, i] + 1j * x[:, token, :, i + half]) * complex(math.cos(angle), math.sin(angle))
            y[:, token, :, i], y[:, token, :, i + half] = pair.real, pair.imag
    return y


def causal_attention(query, key, value):
    """query: [items, tokens, heads, head_width], key and value with kv_heads; loops over everything."""
    items, tokens, heads, head_width = query.shape
    group = heads // key.shape[2]
    out = np.zeros_like(query)
    for item in range(items):
        for head in range(heads):
            for t in range(tokens):
                scores = np.array([query[item, t, head] @ key[item, s, head // group] for s in range(t + 1)])
                scores = np.exp((scores - scores.max()) / math.sqrt(head_width))
                scores /= scores.sum()
                out[item, t, head] = sum(scores[s] * value[item, s, head // group] for s in range(t + 1))
    return out


def attention(x, w, heads, kv_heads, theta):
    items, tokens, width = x.shape
    head_width = width // heads
    query = (x @ w["q_proj"].T).reshape(items, tokens, heads, head_width)
    key = (x @ w["k_proj"].T).reshape(items, tokens, kv_heads, head_width)
    value = (x @ w["v_proj"].T).reshape(items, tokens, kv_heads, head_width)
    mixed = causal_attention(rotary(query, theta), rotary(key, theta), value)
    return mixed.reshape(items, tokens, width) @ w["o_proj"].T


def block(x, w, heads, kv_heads, theta, eps):
    x = x + attention(rms_norm(x, w["input_layernorm"], eps), w, heads, kv_heads, theta)
    return x + swiglu(rms_norm(x, w["post_attention_layernorm"], eps), w["gate_proj"], w["up_proj"], w["down_proj"])


def cross_entropy(x, weight, targets):
    logits = x @ weight.T
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -log_p[np.arange(len(targets)), targets]


def main():
    rng = np.random.Generator(np.random.PCG64(20))
    normal = lambda *shape: np.round(rng.standard_normal(shape), 3)
    cases = {}

    x, weight = normal(3, 6), normal(6)
    cases["rms_norm"] = {"x": x, "weight": weight, "y": rms_norm(x, weight, 1e-5)}

    x = normal(1, 3, 2, 4)
    cases["rotary"] = {"x": x, "y": rotary(x, 10000.0), "y_from_5": rotary(x, 10000.0, 5)}

    x, gate, up, down = normal(2, 4), normal(6, 4), normal(6, 4), normal(4, 6)
    cases["swiglu"] = {"x": x, "gate": gate, "up": up, "down": down, "y": swiglu(x, gate, up, down)}

    x, weight, targets = normal(5, 4), normal(7, 4), np.array([3.0, 0.0, 6.0, 3.0, 1.0])
    cases["cross_entropy"] = {"x": x, "weight": weight, "targets": targets,
                              "y": cross_entropy(x, weight, targets.astype(int))}

    for name, kv_heads in (("block", 2), ("block_grouped", 1)):
        heads, width, hidden = 2, 8, 12
        w = {"input_layernorm": normal(width), "post_attention_layernorm": normal(width),
             "q_proj": normal(width, width), "k_proj": normal(kv_heads * 4, width), "v_proj": normal(kv_heads * 4, width),
             "o_proj": normal(width, width), "gate_proj": normal(hidden, width), "up_proj": normal(hidden, width),
             "down_proj": normal(width, hidden)}
        x = normal(2, 4, width)
        cases[name] = {"x": x, **w, "attention": attention(x, w, heads, kv_heads, 10000.0),
                       "y": block(x, w, heads, kv_heads, 10000.0, 1e-5)}

    plain = {case: {key: {"shape": list(value.shape), "values": value.ravel().tolist()} for key, value in tensors.items()}
             for case, tensors in cases.items()}
    lines = [json.dumps(case) + ": {\n" + ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}"
             for key, value in tensors.items()) + "\n}" for case, tensors in plain.items()]
    target = pathlib.Path(__file__).parent / "nn_reference.json"
    target.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
