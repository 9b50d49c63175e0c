// Sends what a reader of an answer thinks of it to Groundwire, with a publishable key that can do nothing else.

const KEEPALIVE_LIMIT = 60_000; // browsers refuse to outlive the page with more than 64 KiB
const RETRY_AFTER_MS = 1_000;

/** Send one judgement; resolve to its id. See groundwire-feedback.d.ts for what each member means. */
export async function sendFeedback({
  endpoint, key, traceId, spanId, sessionId, value, label, comment, correction, author,
  name = value === undefined ? "correction" : "user_feedback",
  id = newId(),
}) {
  const evaluation = {
    id, name, value, label, correction, author,
    explanation: comment,
    source: "human",
    trace_id: traceId,
    span_id: spanId,
    session_id: sessionId,
  };
  // What is undefined is left out.
  const body = new TextEncoder().encode(JSON.stringify({ evaluations: [evaluation] }));
  const request = {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    credentials: "omit",
    keepalive: body.length < KEEPALIVE_LIMIT,
    body,
  };
  const url = `${endpoint.replace(/\/+$/, "")}/api/v1/evaluations`;
  // Sent again under the same id it is the same evaluation, so a lost answer does no harm.
  let answer = await fetch(url, request).catch(() => undefined);
  if (!answer || answer.status === 429 || answer.status >= 500) {
    await new Promise((wake) => setTimeout(wake, RETRY_AFTER_MS));
    answer = await fetch(url, request);
  }
  if (!answer.ok) throw await refusal(answer);
  return id;
}

async function refusal(answer) {
  const said = await answer.json().catch(() => ({}));
  const message = said.error?.message ?? `Groundwire answered ${answer.status}`;
  return Object.assign(new Error(message), { status: answer.status });
}

// crypto.randomUUID is not there on pages that came without TLS; this is.
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
