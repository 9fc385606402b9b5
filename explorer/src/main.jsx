import './workers.js';
import 'graphiql/style.css';
import './theme.css';
import './style.css';
import './phone.css';

import { createRoot } from 'react-dom/client';
import { App } from './App.jsx';
import './docs.jsx';

createRoot(document.getElementById('root')).render(<App />);
