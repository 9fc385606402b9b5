import { renewTokens } from './config.js';
import { hasPersona, withCurrentToken } from './persona.js';

const UNAUTHORIZED = 401;

/**
 * What GraphiQL calls to send an operation. Around `fetcher` it adds that a persona's token which
 * is refused is renewed, once, and that the answer to what was stopped is not shown any more.
 */
export function requests(fetcher) {
  return (operation, options = {}) => {
    const send = () => fetcher(operation, { ...options, headers: withCurrentToken(options.headers) });
    const answer = send();
    if (answer[Symbol.asyncIterator]) return renewingEvents(answer, send, options.headers);
    const renewed = renewingAnswer(answer, send, options.headers);
    return operation.operationName === 'IntrospectionQuery' ? renewed : stoppable(renewed);
  };
}

async function renewingAnswer(first, send, headers) {
  const answer = await first;
  const isRefused = answer?.errors?.some((error) => error.extensions?.code === 'UNAUTHENTICATED');
  if (!isRefused || !hasPersona(headers)) return answer;
  await renewTokens();
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

/** GraphiQL unsubscribes when somebody presses Stop or changes the tab; a promise would still be shown, in any tab. */
function stoppable(answer) {
  return {
    subscribe({ next, error, complete }) {
      let isWanted = true;
      answer.then(
        (value) => {
          if (!isWanted) return;
          next(value);
          complete();
        },
        (reason) => isWanted && error(reason),
      );
      return { unsubscribe: () => (isWanted = false) };
    },
  };
}
