import { lazy, Suspense } from 'react';

/** It loads when somebody first opens it. */
const Tree = lazy(() => import('./FieldTreeContent.jsx'));

export const FIELD_TREE_PLUGIN = {
  title: 'Field tree',
  icon: () => (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round" height="1em" aria-hidden="true">
      <path d="M5 3v15.5h5M5 8.5h5" />
      <rect x="10" y="5.5" width="11" height="6" rx="1.5" />
      <rect x="10" y="15.5" width="11" height="6" rx="1.5" />
    </svg>
  ),
  content: () => (
    <Suspense fallback={<p role="status">Loading the field tree …</p>}>
      <Tree />
    </Suspense>
  ),
};
