import './panel.css';

import { Dialog } from '@graphiql/react';
import { useEffect, useRef, useState } from 'react';

/** A button that opens a dialog; `children` is given a function that closes it. */
export function Panel({ button, title, description, label, className = 'clientele-button', children }) {
  const [isOpen, setOpen] = useState(false);
  const opener = useRef(null);

  /** The dialog has no trigger of its own that would get the focus back. */
  function change(open) {
    setOpen(open);
    if (!open) setTimeout(() => opener.current?.focus());
  }

  return (
    <>
      <button ref={opener} type="button" className={className} aria-haspopup="dialog" aria-label={label} onClick={() => setOpen(true)}>
        {button}
      </button>
      <Dialog open={isOpen} onOpenChange={change}>
        <div className="clientele-panel">
          <div className="clientele-panel-head">
            <Dialog.Title>{title}</Dialog.Title>
            <Dialog.Close />
          </div>
          <Dialog.Description className="clientele-hidden">{description}</Dialog.Description>
          {isOpen && children(() => setOpen(false))}
        </div>
      </Dialog>
    </>
  );
}

/** Focuses an element once its dialog has taken the focus, which it gives back when it closes. */
export function useFirstFocus() {
  const element = useRef(null);
  useEffect(() => {
    const timer = setTimeout(() => element.current?.focus());
    return () => clearTimeout(timer);
  }, []);
  return element;
}
