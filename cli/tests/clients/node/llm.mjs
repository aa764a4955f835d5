// The official OpenAI and Anthropic SDKs through the edge, with nothing but their base URL and key
// changed. Prints one JSON object with what they saw; with a third argument only what a held call gave.
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";

const [edge, key, held] = process.argv.slice(2);
const model = "stand-in-small";
const WORDS = "write to ada@example.com now, or call +1 415-555-0132";
const RECITE = "recite a customer";
const SECRET = `-----BEGIN RSA PRIVATE KEY-----
MIIEpAIBAAKCAQEAx5mV0qmRb0X2n1vYx0pQ0q2c6x4w7uM1m6mJ0
-----END RSA PRIVATE KEY-----`;
const CALLS = `use tool look_up with {"email": "ada@example.com"}
use tool drop_table with {"table": "customers"}
use tool refund_order with {"order": 1042, "amount": 20}`;
const HELD = 'use tool refund_order with {"order": 7, "amount": 900}';
const NAMES = ["look_up", "drop_table", "refund_order"];
const schema = { type: "object", properties: {}, additionalProperties: true };

const error = async (call) => {
  try {
    await call();
  } catch (problem) {
    return [problem.constructor.name, problem.status, problem.message];
  }
  return ["none", 200, ""];
};
const openai = (apiKey = key) => new OpenAI({ baseURL: `${edge}/gpt/v1`, apiKey, maxRetries: 0 });
const anthropic = (apiKey = key) => new Anthropic({ baseURL: `${edge}/claude`, apiKey, maxRetries: 0 });
const user = (content) => [{ role: "user", content }];

const chat = (text, more = {}, apiKey = key) =>
  openai(apiKey).chat.completions.create({ model, messages: user(text), ...more });
const chatTools = NAMES.map((name) => ({ type: "function", function: { name, parameters: schema } }));

const chatStream = async (text, more = {}) => {
  const seen = { text: "", calls: [], usage: false, chunks: 0 };
  for await (const chunk of await chat(text, { stream: true, ...more })) {
    seen.chunks += 1;
    seen.usage ||= Boolean(chunk.usage);
    for (const { delta } of chunk.choices) {
      seen.text += delta.content ?? "";
      for (const part of delta.tool_calls ?? []) {
        const call = (seen.calls[part.index] ??= ["", ""]);
        call[0] += part.function.name ?? "";
        call[1] += part.function.arguments ?? "";
      }
    }
  }
  seen.calls = seen.calls.filter(Boolean).map(([name, text]) => [name, JSON.parse(text)]);
  return seen;
};

const chatLoop = async () => {
  const messages = user(CALLS);
  const ask = () => openai().chat.completions.create({ model, messages, tools: chatTools });
  const { message } = (await ask()).choices[0];
  messages.push(message);
  const calls = [];
  for (const call of message.tool_calls) {
    calls.push([call.function.name, JSON.parse(call.function.arguments)]);
    messages.push({ role: "tool", tool_call_id: call.id, content: `${call.function.name} is done` });
  }
  return { text: message.content, calls, done: (await ask()).choices[0].message.content };
};

const ofResponse = (response) => {
  const calls = response.output.filter((item) => item.type === "function_call");
  const text = response.output
    .filter((item) => item.type === "message")
    .flatMap((item) => item.content.map((part) => part.text))
    .join("");
  return { text, calls: calls.map((call) => [call.name, JSON.parse(call.arguments)]) };
};

const openaiSeen = async () => {
  const client = openai();
  const whole = await chat(WORDS);
  const tools = NAMES.map((name) => ({ type: "function", name, parameters: schema, strict: false }));
  const asked = { model, input: CALLS, tools };
  const events = [];
  for await (const event of await client.responses.create({ ...asked, stream: true })) {
    events.push(event);
  }
  const vectors = await client.embeddings.create({ model, input: ["one", "two"] });
  const models = await client.models.list();
  return {
    whole: whole.choices[0].message.content,
    usage: whole.usage.total_tokens,
    streamed: await chatStream(WORDS),
    with_usage: await chatStream(WORDS, { stream_options: { include_usage: true } }),
    two: (await chat(WORDS, { n: 2 })).choices.map((choice) => choice.message.content),
    recited: (await chat(RECITE)).choices[0].message.content,
    recited_streamed: (await chatStream(RECITE)).text,
    loop: await chatLoop(),
    streamed_tools: await chatStream(CALLS, { tools: chatTools }),
    response: (await client.responses.create({ model, input: WORDS })).output_text,
    response_tools: ofResponse(await client.responses.create(asked)),
    response_streamed: ofResponse(events.at(-1).response),
    response_events: [...new Set(events.map((event) => event.type))].sort(),
    embeddings: vectors.data.map((entry) => entry.embedding.length),
    models: models.data.map((entry) => entry.id),
    errors: {
      key: await error(() => chat("hello", {}, "csp_wrong")),
      refused: await error(() => chat(SECRET)),
      refused_stream: await error(() => chatStream(SECRET)),
      bad: await error(() => client.chat.completions.create({ model, messages: "hello" })),
      model: await error(() => client.models.retrieve("gpt-9")),
      busy: await error(() => chat("fail with 429")),
    },
  };
};

const message = (text, more = {}, apiKey = key) =>
  anthropic(apiKey).messages.create({ model, max_tokens: 64, messages: user(text), ...more });
const messageTools = NAMES.map((name) => ({ name, input_schema: schema }));

const ofMessage = (answer) => {
  const texts = answer.content.filter((block) => block.type === "text").map((block) => block.text);
  const uses = answer.content.filter((block) => block.type === "tool_use");
  const calls = uses.map((block) => [block.name, block.input]);
  return { text: texts.join(""), calls, usage: answer.usage.output_tokens > 0 };
};

const messageStream = async (text, more = {}) => {
  const asked = { model, max_tokens: 64, messages: user(text), ...more };
  return ofMessage(await anthropic().messages.stream(asked).finalMessage());
};

const messageLoop = async () => {
  const messages = user(CALLS);
  const ask = () => anthropic().messages.create({ model, max_tokens: 64, messages, tools: messageTools });
  const first = await ask();
  const seen = ofMessage(first);
  messages.push({ role: "assistant", content: first.content });
  const uses = first.content.filter((block) => block.type === "tool_use");
  const result = (use) => ({ type: "tool_result", tool_use_id: use.id, content: `${use.name} is done` });
  messages.push({ role: "user", content: uses.map(result) });
  return { text: seen.text, calls: seen.calls, done: ofMessage(await ask()).text };
};

const anthropicSeen = async () => {
  const client = anthropic();
  const models = await client.models.list();
  return {
    whole: ofMessage(await message(WORDS)).text,
    streamed: await messageStream(WORDS),
    recited: ofMessage(await message(RECITE)).text,
    recited_streamed: (await messageStream(RECITE)).text,
    loop: await messageLoop(),
    streamed_tools: await messageStream(CALLS, { tools: messageTools }),
    counted: (await client.messages.countTokens({ model, messages: user(WORDS) })).input_tokens,
    models: models.data.map((entry) => entry.id),
    errors: {
      key: await error(() => message("hello", {}, "csp_wrong")),
      refused: await error(() => message(SECRET)),
      refused_stream: await error(() => messageStream(SECRET)),
      bad: await error(() => client.messages.create({ model, max_tokens: 64, messages: "hello" })),
      model: await error(() => client.models.retrieve("claude-9")),
      busy: await error(() => message("fail with 429")),
    },
  };
};

const play = {
  openai: () => chatStream(HELD, { tools: chatTools }),
  anthropic: () => messageStream(HELD, { tools: messageTools }),
};
const both = async () => ({ openai: await openaiSeen(), anthropic: await anthropicSeen() });
console.log(JSON.stringify(await (play[held] ?? both)()));
