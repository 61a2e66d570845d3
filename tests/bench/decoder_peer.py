"""llama.cpp on the same file (package xllamacpp): tokens a second of a prompt and of generation.

    decoder_peer.py FILE.gguf PROMPT-TOKENS GENERATED-TOKENS THREADS
"""
import json
import sys

import xllamacpp

path, prompt, generated, threads = sys.argv[1], *map(int, sys.argv[2:5])
params = xllamacpp.CommonParams()
params.model.path = path
params.n_ctx = 2048
params.n_parallel = 1
params.warmup = True
params.cpuparams.n_threads = threads
params.cpuparams_batch.n_threads = threads
server = xllamacpp.Server(params)
n_tokens = 49152
fed, said = 0, 0
for turn in range(3):
    answer = server.handle_completions({
        "prompt": [(i + 1 + turn) * 7919 % n_tokens for i in range(prompt)], "n_predict": generated,
        "temperature": 0, "cache_prompt": False, "ignore_eos": True, "stream": False})
    answer = json.loads(answer) if isinstance(answer, str) else answer
    fed = max(fed, answer["timings"]["prompt_per_second"])
    said = max(said, answer["timings"]["predicted_per_second"])
print(f"llama.cpp, {threads} threads: prompt of {prompt} {fed:.1f} tokens/s, generation of {generated} {said:.1f} tokens/s")
