import icon from '../icon.svg';
import { personas } from './config.js';
import { ExamplesMenu } from './ExamplesMenu.jsx';
import { usePage } from './page.js';
import { ANONYMOUS, OTHER } from './persona.js';
import { ShareMenu } from './ShareMenu.jsx';
import { SharedLink } from './SharedLink.jsx';
import { TokenPanel } from './TokenPanel.jsx';

export function TopBar() {
  const { persona, signInAs, openExample } = usePage();

  return (
    <header className="clientele-bar">
      <h1>
        <img src={icon} alt="" /> <span>Clientele</span>
      </h1>
      <ExamplesMenu onChoose={openExample} />
      <label>
        <span>Persona</span>
        <select value={persona} onChange={(event) => signInAs(event.target.value)}>
          <option value={ANONYMOUS}>Anonymous</option>
          {personas.map(({ username, description }) => (
            <option key={username} value={username}>
              {description ? `${username}: ${description}` : username}
            </option>
          ))}
          {persona === OTHER && <option value={OTHER}>Another token</option>}
        </select>
      </label>
      <TokenPanel />
      <ShareMenu />
      <SharedLink onOpen={openExample} />
    </header>
  );
}
