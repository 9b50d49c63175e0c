/** One judgement by the reader of an answer. Give the trace, span or session that it is about. */
export interface Feedback {
  /** Where Groundwire's web server is, for example `https://groundwire.example.com`. */
  endpoint: string;
  /** A publishable key (`gwp_...`) that your own backend asked for: `POST /api/v1/keys/publishable`. */
  key: string;
  /** The answer's trace, 32 hex digits. */
  traceId?: string;
  /** One span of that trace, 16 hex digits. */
  spanId?: string;
  /** The conversation, where it is judged as a whole. */
  sessionId?: string;
  /** What is judged; `user_feedback` unless said, `correction` where there is no value. */
  name?: string;
  /** Thumbs up or down, a score, or a category. */
  value?: boolean | number | string;
  /** A word for a score. */
  label?: string;
  /** Why, in the reader's words. */
  comment?: string;
  /** The answer as the reader would have it. */
  correction?: string;
  /** Your own id of the reader; nobody unless said. */
  author?: string;
  /** An id under which a later call changes this judgement; made up unless said. */
  id?: string;
}

/**
 * Send a judgement; resolve to its id. It is sent even if the page is left meanwhile, and once more after a second where
 * the server was away or busy. Rejects with an Error whose `status` is the HTTP status, where there was an answer.
 */
export function sendFeedback(feedback: Feedback): Promise<string>;
