import './style/base.css';
import './style/bench.css';
import './style/dialogs.css';
import './style/lists.css';
import './style/upload.css';
import './style/facts.css';
import './style/charts.css';
import './style/confusion.css';
import './style/trial.css';
import './style/references.css';
import './style/print.css';
import { render } from 'preact';
import { App } from './app.tsx';

const root = document.getElementById('app');
if (root) render(<App />, root);
