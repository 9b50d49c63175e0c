// Every kind of thing that a span can hold, set by hand with the JavaScript SDK. Prints the ids of its spans.
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { provider } from './telemetry.mjs';

const tracer = trace.getTracer('shop.checkout', '1.2.3');

const root = tracer.startSpan('POST /checkout', {
  kind: SpanKind.SERVER,
  links: [
    {
      context: { traceId: 'a1'.repeat(16), spanId: 'b2'.repeat(8), traceFlags: 1 },
      attributes: { 'link.why': 'retried' },
    },
  ],
  attributes: {
    'session.id': 's-1',
    'user.id': 'u-1',
    'tenant.id': 'acme',
    'user.tier': 'pro',
    'feature.name': 'checkout',
    'int.large': Number.MAX_SAFE_INTEGER,
    'int.beyond.double': -9007199254740991,
    float: 0.1,
    'bool.false': false,
    'text.unicode': 'Straße 東京 🧾 \u0000 end',
    'text.empty': '',
    numbers: [1, 2, 3],
  },
});
const within = trace.setSpan(context.active(), root);
root.addEvent('cart loaded', { items: 3 });

const charge = tracer.startSpan('charge card', { kind: SpanKind.CLIENT }, within);
class TimeoutError extends Error {
  name = 'TimeoutError';
}
charge.recordException(new TimeoutError('the bank did not answer: ¡ay!'));
charge.setStatus({ code: SpanStatusCode.ERROR, message: 'bank timeout' });
charge.end();
for (const kind of ['PRODUCER', 'CONSUMER', 'INTERNAL']) {
  const span = tracer.startSpan(`as ${kind.toLowerCase()}`, { kind: SpanKind[kind] }, within);
  span.setStatus({ code: SpanStatusCode.OK });
  span.end();
}
root.end();
await provider.shutdown();
console.log(
  JSON.stringify({
    trace: root.spanContext().traceId,
    root: root.spanContext().spanId,
    large: '9007199254740991',
    beyond: '-9007199254740991',
  }),
);
