import './examples.css';

import { useEffect, useId, useRef, useState } from 'react';

import { search } from './examples.js';
import { Panel, useFirstFocus } from './Panel.jsx';

const GROUPS = { query: 'Queries', mutation: 'Mutations', subscription: 'Subscriptions' };

const HELP = 'Type to search, move with the arrow keys, open with Enter. An example opens in a new tab and does not run by itself.';

/** The example operations in a list that can be searched, with the keyboard alone if one likes. */
export function ExamplesMenu({ onChoose }) {
  return (
    <Panel button="Examples" title="Examples" description={HELP}>
      {(close) => (
        <Finder
          onChoose={(example) => {
            close();
            onChoose(example);
          }}
        />
      )}
    </Panel>
  );
}

function Finder({ onChoose }) {
  const [text, setText] = useState('');
  const [active, setActive] = useState(0);
  const list = useRef(null);
  const input = useFirstFocus();
  const id = useId();
  const found = search(text);
  const groups = Object.entries(GROUPS).map(([kind, name]) => [name, found.filter((example) => example.kind === kind)]);
  const ordered = text.trim() ? [['Found', found]] : groups;
  const flat = ordered.flatMap(([, members]) => members);

  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [active, text]);

  function press(event) {
    const last = flat.length - 1;
    const moves = { ArrowDown: Math.min(active + 1, last), ArrowUp: Math.max(active - 1, 0), PageDown: Math.min(active + 8, last), PageUp: Math.max(active - 8, 0) };
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Enter' && flat[active]) onChoose(flat[active]);
    else if (event.key in moves) setActive(Math.max(moves[event.key], 0));
    else return;
    event.preventDefault();
  }

  return (
    <>
      <input
        className="clientele-search"
        type="search"
        role="combobox"
        ref={input}
        aria-label="Search examples"
        aria-expanded="true"
        aria-controls={`${id}list`}
        aria-activedescendant={flat[active] ? `${id}${active}` : undefined}
        autoComplete="off"
        spellCheck={false}
        placeholder="Search by title, field or persona"
        value={text}
        onKeyDown={press}
        onChange={(event) => {
          setText(event.target.value);
          setActive(0);
        }}
      />
      <p role="status" className={flat.length ? 'clientele-hidden' : 'clientele-nothing'}>
        {flat.length ? `${flat.length} examples` : 'No example has all of these words.'}
      </p>
      <div role="listbox" id={`${id}list`} aria-label="Examples" ref={list} className="clientele-list">
        {ordered.map(([name, members]) => (
          <div role="group" aria-label={name} key={name} hidden={!members.length}>
            <p className="clientele-group" aria-hidden="true">
              {name} <span>{members.length}</span>
            </p>
            {members.map((example) => {
              const place = flat.indexOf(example);
              return (
                <Option key={example.title} id={`${id}${place}`} example={example} isActive={place === active} onChoose={onChoose} />
              );
            })}
          </div>
        ))}
      </div>
    </>
  );
}

function Option({ id, example, isActive, onChoose }) {
  const { title, description, kind, persona, error } = example;
  return (
    <div role="option" id={id} aria-selected={isActive} className="clientele-option" onClick={() => onChoose(example)}>
      <span>
        <strong>{title}</strong>
        <small>{description}</small>
      </span>
      <span className="clientele-marks">
        <em data-kind={kind}>{kind}</em>
        {error && <em data-kind="error">shows an error</em>}
        <em>{persona}</em>
      </span>
    </div>
  );
}
