import { begin } from './answers.js';
import { renewTokens } from './config.js';
import { isForSchema } from './fetcher.js';
import { hasPersona, withCurrentToken } from './persona.js';

const UNAUTHORIZED = 401;
const NOBODY = { note() {}, isShown: () => true };

/**
 * What GraphiQL calls to send an operation. Around `fetcher` it adds that a persona's token which is refused is
 * renewed, once, that an operation can be stopped, and that its answer waits for its tab to be shown.
 */
export function requests(fetcher) {
  return (operation, options = {}) => {
    const place = isForSchema(operation) ? NOBODY : begin({ state: 'running' });
    const control = new AbortController();
    const { signal } = control;
    const send = () => fetcher(operation, { headers: withCurrentToken(options.headers), note: place.note, signal });
    const answer = send();
    if (answer[Symbol.asyncIterator]) return renewingEvents(answer, send, options.headers);
    const renewed = renewingAnswer(answer, send, options.headers);
    return isForSchema(operation) ? renewed : stoppable(renewed, place, control);
  };
}

async function renewingAnswer(first, send, headers) {
  const answer = await first;
  const isRefused = answer?.errors?.some((error) => error.extensions?.code === 'UNAUTHENTICATED');
  if (!isRefused || !hasPersona(headers)) return answer;
  try {
    await renewTokens();
  } catch {
    return answer; // the server gives no page any more
  }
  return send();
}

function renewingEvents(first, send, headers) {
  let events = first[Symbol.asyncIterator]();
  let mayRenew = hasPersona(headers);
  return {
    async next() {
      try {
        const event = await events.next();
        mayRenew = false;
        return event;
      } catch (error) {
        if (!mayRenew || error.response?.status !== UNAUTHORIZED) throw error;
        mayRenew = false;
        await renewTokens();
        events = send()[Symbol.asyncIterator]();
        return events.next();
      }
    },
    return: (value) => events.return(value),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/**
 * GraphiQL unsubscribes when somebody presses Stop, but also just before it shows another tab. Then the operation
 * goes on, and its answer is shown when its tab is: a promise would be shown in any tab.
 */
function stoppable(answer, place, control) {
  return {
    subscribe({ next, error, complete }) {
      let isWanted = true;
      let isDone = false;
      const stop = () => {
        control.abort();
        place.note({ state: 'stopped' });
      };
      const keep = (result) => control.signal.aborted || place.note({ late: JSON.stringify(result, null, 2) });
      answer.finally(() => (isDone = true)).then(
        (value) => {
          if (!isWanted) return keep(value);
          next(value);
          complete();
        },
        (reason) => (isWanted ? error(reason) : keep({ errors: [{ message: reason.message }] })),
      );
      return {
        unsubscribe() {
          isWanted = false;
          queueMicrotask(() => !isDone && place.isShown() && stop());
        },
      };
    },
  };
}
