"""The official OpenAI and Anthropic SDKs through the edge, with nothing but their base URL and key
changed. Prints one JSON object with what they saw; with a third argument only what a held call gave."""

import json
import sys

import anthropic
import openai

EDGE, KEY = sys.argv[1:3]
MODEL = "stand-in-small"
WORDS = "write to ada@example.com now, or call +1 415-555-0132"
RECITE = "recite a customer"
SECRET = """-----BEGIN RSA PRIVATE KEY-----
MIIEpAIBAAKCAQEAx5mV0qmRb0X2n1vYx0pQ0q2c6x4w7uM1m6mJ0
-----END RSA PRIVATE KEY-----"""
CALLS = """use tool look_up with {"email": "ada@example.com"}
use tool drop_table with {"table": "customers"}
use tool refund_order with {"order": 1042, "amount": 20}"""
HELD = 'use tool refund_order with {"order": 7, "amount": 900}'
TOOLS = ["look_up", "drop_table", "refund_order"]
SCHEMA = {"type": "object", "properties": {}, "additionalProperties": True}


def error(call):
    """The SDK's own class for what went wrong."""
    try:
        call()
    except (openai.APIStatusError, anthropic.APIStatusError) as problem:
        return [type(problem).__name__, problem.status_code, str(problem)]
    return ["none", 200, ""]


def openai_client(key=KEY):
    return openai.OpenAI(base_url=f"{EDGE}/gpt/v1", api_key=key, max_retries=0)


def anthropic_client(key=KEY):
    return anthropic.Anthropic(base_url=f"{EDGE}/claude", api_key=key, max_retries=0)


def user(text):
    return [{"role": "user", "content": text}]


def chat(text, key=KEY, **more):
    return openai_client(key).chat.completions.create(model=MODEL, messages=user(text), **more)


def chat_tools():
    function = {"parameters": SCHEMA}
    return [{"type": "function", "function": {"name": name, **function}} for name in TOOLS]


def chat_stream(text, **more):
    """The text, the tool calls and the usage of a streamed answer."""
    text_seen, calls, usage, chunks = "", {}, None, 0
    for chunk in chat(text, stream=True, **more):
        chunks += 1
        usage = chunk.usage or usage
        for choice in chunk.choices:
            text_seen += choice.delta.content or ""
            for part in choice.delta.tool_calls or []:
                call = calls.setdefault(part.index, ["", ""])
                call[0] += part.function.name or ""
                call[1] += part.function.arguments or ""
    calls = [[name, json.loads(arguments)] for name, arguments in calls.values()]
    return {"text": text_seen, "calls": calls, "usage": usage is not None, "chunks": chunks}


def chat_loop():
    """What an agent's loop does: ask, run the tools, ask again."""
    messages = user(CALLS)
    client = openai_client()
    first = client.chat.completions.create(model=MODEL, messages=messages, tools=chat_tools())
    message = first.choices[0].message
    messages.append(message.model_dump(exclude_none=True))
    calls = []
    for call in message.tool_calls:
        calls.append([call.function.name, json.loads(call.function.arguments)])
        result = f"{call.function.name} is done"
        messages.append({"role": "tool", "tool_call_id": call.id, "content": result})
    last = client.chat.completions.create(model=MODEL, messages=messages, tools=chat_tools())
    return {"text": message.content, "calls": calls, "done": last.choices[0].message.content}


def of_response(response):
    calls = [item for item in response.output if item.type == "function_call"]
    calls = [[call.name, json.loads(call.arguments)] for call in calls]
    return {"text": response.output_text, "calls": calls}


def openai_seen():
    client = openai_client()
    whole = chat(WORDS)
    tools = [{"type": "function", "name": name, "parameters": SCHEMA, "strict": False} for name in TOOLS]
    asked = {"model": MODEL, "input": CALLS, "tools": tools}
    events = list(client.responses.create(stream=True, **asked))
    vectors = client.embeddings.create(model=MODEL, input=["one", "two"])
    return {
        "whole": whole.choices[0].message.content,
        "usage": whole.usage.total_tokens,
        "streamed": chat_stream(WORDS),
        "with_usage": chat_stream(WORDS, stream_options={"include_usage": True}),
        "two": [choice.message.content for choice in chat(WORDS, n=2).choices],
        "recited": chat(RECITE).choices[0].message.content,
        "recited_streamed": chat_stream(RECITE)["text"],
        "loop": chat_loop(),
        "streamed_tools": chat_stream(CALLS, tools=chat_tools()),
        "response": client.responses.create(model=MODEL, input=WORDS).output_text,
        "response_tools": of_response(client.responses.create(**asked)),
        "response_streamed": of_response(events[-1].response),
        "response_events": sorted({event.type for event in events}),
        "embeddings": [len(entry.embedding) for entry in vectors.data],
        "models": [model.id for model in client.models.list()],
        "errors": {
            "key": error(lambda: chat("hello", key="csp_wrong")),
            "refused": error(lambda: chat(SECRET)),
            "refused_stream": error(lambda: chat_stream(SECRET)),
            "bad": error(lambda: client.chat.completions.create(model=MODEL, messages="hello")),
            "model": error(lambda: client.models.retrieve("gpt-9")),
            "busy": error(lambda: chat("fail with 429")),
        },
    }


def message(text, key=KEY, **more):
    client = anthropic_client(key)
    return client.messages.create(model=MODEL, max_tokens=64, messages=user(text), **more)


def message_tools():
    return [{"name": name, "input_schema": SCHEMA} for name in TOOLS]


def of_message(answer):
    texts = [block.text for block in answer.content if block.type == "text"]
    calls = [[block.name, block.input] for block in answer.content if block.type == "tool_use"]
    return {"text": "".join(texts), "calls": calls, "usage": answer.usage.output_tokens > 0}


def message_stream(text, **more):
    asked = {"model": MODEL, "max_tokens": 64, "messages": user(text), **more}
    with anthropic_client().messages.stream(**asked) as stream:
        return of_message(stream.get_final_message())


def message_loop():
    messages = user(CALLS)
    client = anthropic_client()
    asked = {"model": MODEL, "max_tokens": 64, "tools": message_tools()}
    first = client.messages.create(messages=messages, **asked)
    seen = of_message(first)
    messages.append({"role": "assistant", "content": [block.model_dump() for block in first.content]})
    uses = [block for block in first.content if block.type == "tool_use"]
    results = [
        {"type": "tool_result", "tool_use_id": use.id, "content": f"{use.name} is done"} for use in uses
    ]
    messages.append({"role": "user", "content": results})
    last = client.messages.create(messages=messages, **asked)
    return {"text": seen["text"], "calls": seen["calls"], "done": of_message(last)["text"]}


def anthropic_seen():
    client = anthropic_client()
    counted = client.messages.count_tokens(model=MODEL, messages=user(WORDS))
    return {
        "whole": of_message(message(WORDS))["text"],
        "streamed": message_stream(WORDS),
        "recited": of_message(message(RECITE))["text"],
        "recited_streamed": message_stream(RECITE)["text"],
        "loop": message_loop(),
        "streamed_tools": message_stream(CALLS, tools=message_tools()),
        "counted": counted.input_tokens,
        "models": [model.id for model in client.models.list()],
        "errors": {
            "key": error(lambda: message("hello", key="csp_wrong")),
            "refused": error(lambda: message(SECRET)),
            "refused_stream": error(lambda: message_stream(SECRET)),
            "bad": error(lambda: client.messages.create(model=MODEL, max_tokens=64, messages="hello")),
            "model": error(lambda: client.models.retrieve("claude-9")),
            "busy": error(lambda: message("fail with 429")),
        },
    }


match sys.argv[3:]:
    case ["openai"]:
        seen = chat_stream(HELD, tools=chat_tools())
    case ["anthropic"]:
        seen = message_stream(HELD, tools=message_tools())
    case _:
        seen = {"openai": openai_seen(), "anthropic": anthropic_seen()}
print(json.dumps(seen))
