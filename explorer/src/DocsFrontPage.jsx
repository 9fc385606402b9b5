import './docs.css';

import { Search, useDocExplorerActions } from '@graphiql/plugin-doc-explorer';
import { MarkdownContent } from '@graphiql/react';
import { useLayoutEffect, useMemo, useRef } from 'react';

import { areasOf, chaptersOf } from './docsAreas.js';

/** What is open and how far it is scrolled: who comes back from a type finds the page as they left it. */
const left = { open: new Set(), scrolled: 0 };

/** The first page of the documentation: what the schema says of itself, then everything in it, by area. */
export default function DocsFrontPage({ schema }) {
  const { introduction, chapters } = useMemo(() => chaptersOf(schema.description ?? ''), [schema]);
  const [used, others] = useMemo(() => areasOf(schema), [schema]);
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].filter(Boolean);
  const page = useRef(null);

  useLayoutEffect(() => {
    const pane = page.current.closest('.graphiql-plugin') ?? page.current;
    pane.scrollTop = left.scrolled;
    return () => {
      left.scrolled = pane.scrollTop;
    };
  }, []);

  return (
    <section className="graphiql-doc-explorer docs-front" aria-label="Documentation Explorer" ref={page}>
      <div className="graphiql-doc-explorer-header">
        <div className="graphiql-doc-explorer-header-content">
          <h2 className="graphiql-doc-explorer-title">Docs</h2>
        </div>
        <Search />
      </div>
      <MarkdownContent type="description">{introduction}</MarkdownContent>
      <nav aria-label="Guide">
        {chapters.map(({ title, text }) => (
          <Fold key={title} id={`guide:${title}`} title={title}>
            <MarkdownContent type="description">{text}</MarkdownContent>
          </Fold>
        ))}
      </nav>
      <h3>Root types</h3>
      <ul className="docs-roots">
        {roots.map((root) => (
          <li key={root.name}>
            <Link steps={[root]} /> <small>{Object.keys(root.getFields()).length}</small>
          </li>
        ))}
      </ul>
      <h3>Areas</h3>
      {used.map((area) => (
        <Area key={area.name} area={area} />
      ))}
      <h3>Other types</h3>
      {others.map((area) => (
        <Area key={area.name} area={area} />
      ))}
    </section>
  );
}

function Area({ area: { name, title, groups } }) {
  const count = groups.reduce((sum, { members }) => sum + members.length, 0);
  return (
    <Fold id={`area:${name}`} title={title} count={count}>
      {groups.map((group) => (
        <div className="docs-group" key={group.name}>
          <h4>{group.name}</h4>
          <ul>
            {group.members.map(({ type, field }) => (
              <li key={field?.name ?? type.name}>
                <Link steps={field ? [type, field] : [type]} />
                <Summary of={field ?? type} />
              </li>
            ))}
          </ul>
        </div>
      ))}
    </Fold>
  );
}

function Fold({ id, title, count, children }) {
  const toggle = ({ currentTarget }) => (currentTarget.open ? left.open.add(id) : left.open.delete(id));
  return (
    <details className="docs-fold" open={left.open.has(id)} onToggle={toggle}>
      <summary>
        {title} {count !== undefined && <small>{count}</small>}
      </summary>
      <div className="docs-folded">{children}</div>
    </details>
  );
}

/** Opens the page of the last of some types and fields; the way back leads over the others. */
function Link({ steps }) {
  const { push } = useDocExplorerActions();
  const last = steps.at(-1);
  function open(event) {
    event.preventDefault();
    for (const def of steps) push({ name: def.name, def });
  }
  return (
    <a href="#" className={`graphiql-doc-explorer-${steps.length > 1 ? 'field' : 'type'}-name`} onClick={open}>
      {last.name}
    </a>
  );
}

/** The first sentence of a description. */
function Summary({ of }) {
  const sentence = of.description?.match(/^[^\n]*?\.(?=\s|$)/)?.[0];
  return sentence ? <MarkdownContent type="description">{sentence}</MarkdownContent> : null;
}
