import './style/base.css';
import './style/bench.css';
import './style/dialogs.css';
import './style/pages.css';
import './style/print.css';
import { render } from 'preact';
import { App } from './app.tsx';

const root = document.getElementById('app');
if (root) render(<App />, root);
