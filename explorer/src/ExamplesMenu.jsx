import { DropdownMenu } from '@graphiql/react';

import { examples } from './examples.js';

const GROUPS = [
  ['Reading', examples.filter((example) => example.kind === 'query')],
  ['Changing', examples.filter((example) => example.kind === 'mutation')],
  ['Live', examples.filter((example) => example.kind === 'subscription')],
];

/** The example operations; the arrow keys, Enter and the first letters work in it. */
export function ExamplesMenu({ onChoose }) {
  return (
    <DropdownMenu>
      <DropdownMenu.Button className="clientele-button" aria-label="Examples">
        Examples <span aria-hidden="true">▾</span>
      </DropdownMenu.Button>
      <DropdownMenu.Content className="clientele-menu" align="end" aria-label="Examples">
        {GROUPS.map(([name, members]) => (
          <div role="group" aria-label={name} key={name}>
            <p className="clientele-group">{name}</p>
            {members.map((example) => (
              <DropdownMenu.Item key={example.title} textValue={example.title} onSelect={() => onChoose(example)}>
                <span>
                  <strong>{example.title}</strong>
                  <small>{example.description}</small>
                </span>
                <em>{example.persona}</em>
              </DropdownMenu.Item>
            ))}
          </div>
        ))}
      </DropdownMenu.Content>
    </DropdownMenu>
  );
}
