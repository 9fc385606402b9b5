import { pick, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { useEffect } from 'react';

/** Puts right what GraphiQL tells screen readers: it is only attributes, which React does not write again. */
export function useMendedRoles() {
  const { tabs, activeTabIndex, visiblePlugin } = useGraphiQL(pick('tabs', 'activeTabIndex', 'visiblePlugin'));

  useEffect(() => {
    for (const item of document.querySelectorAll('.graphiql-tab')) mendTab(item);
    document.querySelector('.graphiql-tabs')?.setAttribute('role', 'list');
    document.querySelector('.graphiql-tab-active')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    document.getElementById('graphiql-session')?.setAttribute('role', 'region');
  }, [tabs, activeTabIndex]);

  useEffect(() => {
    const plugin = document.querySelector('.graphiql-plugin');
    if (!plugin) return;
    nameHistory(plugin);
    const observer = new MutationObserver(() => nameHistory(plugin));
    observer.observe(plugin, { childList: true, subtree: true });
    return () => observer.disconnect();
  }, [visiblePlugin]);
}

/** The page follows the system from light to dark at once; GraphiQL's editors would follow at the next load only. */
export function useSystemTheme() {
  const { setTheme } = useGraphiQLActions();
  const { theme } = useGraphiQL(pick('theme'));
  useEffect(() => {
    const system = matchMedia('(prefers-color-scheme: dark)');
    const follow = () => theme ?? setTheme(null);
    system.addEventListener('change', follow);
    return () => system.removeEventListener('change', follow);
  }, [theme]);
}

/** A tab of the ARIA pattern may not have a second button, and these have: a list of buttons may. */
function mendTab(item) {
  const isActive = item.classList.contains('graphiql-tab-active');
  const [name, close] = item.querySelectorAll('button');
  item.setAttribute('role', 'listitem');
  item.removeAttribute('aria-selected');
  if (isActive) name.setAttribute('aria-current', 'true');
  else name.removeAttribute('aria-current');
  close?.setAttribute('aria-label', `Close tab ${name.textContent}`);
}

/** Each entry is called "Set active", whatever it shows. */
function nameHistory(plugin) {
  for (const button of plugin.querySelectorAll('.graphiql-history-item-label[aria-label]')) button.removeAttribute('aria-label');
}
