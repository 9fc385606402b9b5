/** The facts of an answer in words: short ones for the line below it, whole sentences for the panel. */

const english = new Intl.NumberFormat('en');
export const plural = (count, noun) => `${english.format(count)} ${noun}${count === 1 ? '' : 's'}`;

export const duration = (milliseconds) =>
  milliseconds >= 10_000
    ? `${(milliseconds / 1_000).toFixed(0)} s`
    : `${milliseconds >= 10 ? Math.round(milliseconds) : milliseconds.toFixed(1)} ms`;

export function size(bytes) {
  if (bytes < 1_000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

const FAILED = 'No answer: the server cannot be reached, or the connection was cut off.';
const STATES = {
  running: 'Running …',
  failed: 'No answer',
  listening: 'Listening',
  ended: 'Ended',
  stopped: 'Stopped',
  unsent: 'Not sent',
};
const STOPPED = 'You stopped it. The server gives up what nobody waits for, and reports nothing of it. What a mutation has committed before stays.';

/** What the message begins with that is shown in place of an answer. */
export const NOT_SENT = 'Request not sent.';

/** Why GraphiQL has not sent the request, if this text is what it shows then. */
export function unsent(text) {
  if (text.length > 10_000 || !text.includes(NOT_SENT)) return '';
  try {
    const { message } = JSON.parse(text).errors[0];
    return message.startsWith(NOT_SENT) ? message.slice(NOT_SENT.length).trim() : '';
  } catch {
    return '';
  }
}

/** How it stands: `good`, `bad` or `busy`, and in a few words. */
export function outcome({ state, status, statusText, errors }) {
  const http = status ? `${status} ${statusText}`.trim() : '';
  if (state === 'running') return ['busy', STATES.running];
  if (state === 'unsent') return ['bad', STATES.unsent];
  if (state === 'failed') return ['bad', http && status >= 400 ? http : STATES.failed];
  if (state === 'answered') {
    return [status < 400 && !errors ? 'good' : 'bad', errors ? `${http}, ${plural(errors.length, 'error')}` : http];
  }
  return [state === 'listening' ? 'busy' : 'good', STATES[state]];
}

const MODES = { COMPILED: 'compiled', RECOVERED: 'compiled, with errors', REFERENCE: 'not compiled' };

/** The short facts for the line, those that are known: each with words that are left out where room is short. */
export function shortFacts(answer) {
  const { milliseconds, bytes, events, execution, retryAfter } = answer;
  const cost = execution?.cost;
  return [
    retryAfter !== undefined && `try again in ${retryAfter} s`,
    events !== undefined && plural(events, 'event'),
    milliseconds !== undefined && duration(milliseconds),
    bytes && size(bytes.encoded),
    cost?.requested > 0 && [`cost ${english.format(cost.requested)}`, `of ${english.format(cost.allowed)}`],
    execution?.statements > 0 && plural(execution.rows, 'row'),
    execution?.mode && MODES[execution.mode],
  ]
    .filter(Boolean)
    .map((fact) => [fact].flat());
}

function explainMode({ mode, reason }) {
  if (mode === 'COMPILED') return 'Compiled: a plan was made of this document.';
  if (mode === 'RECOVERED') return 'Compiled. The reference executor has completed the places that failed.';
  if (reason === 'first execution') return 'Not compiled: a document is compiled when it is executed for the second time.';
  return `Not compiled, but run by the reference executor: ${reason}.`;
}

const ofServer = ({ milliseconds }) => `, of which ${duration(milliseconds)} in the server`;
const sentAs = ({ encoded, encoding }) => `, sent as ${english.format(encoded)} (${encoding})`;
const actually = ({ actual }) => (actual === null ? '' : `; it was ${english.format(actual)}`);

function explainOutcome(answer) {
  const { state, status, problem, events } = answer;
  if (state === 'unsent') return `Not sent: ${problem}`;
  if (state === 'failed' && !(status >= 400)) return FAILED;
  return state === 'stopped' && events === undefined ? STOPPED : outcome(answer)[1];
}

/** All facts, as pairs of a name and a sentence. */
export function longFacts(answer) {
  const { milliseconds, bytes, execution, retryAfter, points, since } = answer;
  const cost = execution?.cost;
  return [
    ['Outcome', explainOutcome(answer)],
    retryAfter !== undefined && ['Try again', `in ${plural(retryAfter, 'second')}`],
    since && ['Events', `${english.format(answer.events)} since ${since.toLocaleTimeString('en-GB')}`],
    milliseconds !== undefined && ['Time', `${duration(milliseconds)}${execution ? ofServer(execution) : ''}`],
    bytes && ['Size', `${english.format(bytes.decoded)} bytes${bytes.encoding ? sentAs(bytes) : ''}`],
    cost?.requested > 0 && ['Cost', `at most ${english.format(cost.requested)} of ${english.format(cost.allowed)}${actually(cost)}`],
    points?.left !== undefined && ['Points', `${english.format(points.left)} of ${english.format(points.limit)} left`],
    execution && ['Rows', english.format(execution.rows)],
    execution?.mode && ['Execution', explainMode(execution)],
  ].filter(Boolean);
}
