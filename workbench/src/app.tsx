import { useEffect } from 'preact/hooks';
import { Link, Route, Router, Switch, useRoute } from 'wouter-preact';
import { useHashLocation } from 'wouter-preact/use-hash-location';
import { LearningPage } from './learning/page.tsx';
import { ModelsPage } from './models/page.tsx';
import { VersionPage } from './models/version.tsx';
import { SlidePage } from './slide/page.tsx';
import { SlidesPage } from './slides/page.tsx';
import { loadWorkbench, workbench } from './slides/workbench.ts';
import { SourcesPage } from './sources/page.tsx';
import { LANGUAGES, type Language, language, speak, t } from './texts/index.ts';
import { KeyDialog } from './ui/key-dialog.tsx';
import { Notices, tellError } from './ui/notices.tsx';
import { person, personWanted } from './ui/person.ts';
import { PersonDialog } from './ui/person-dialog.tsx';
import { THEMES, type Theme, theme } from './ui/theme.ts';

export function App() {
  useEffect(() => {
    loadWorkbench().catch(tellError);
  }, []);
  return (
    <Router hook={useHashLocation}>
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        {t('nav.skip')}
      </button>
      <TopBar />
      <main id="main" tabIndex={-1}>
        {workbench.value ? (
          <Switch>
            <Route path="/slides/:id">{({ id }) => <SlidePage key={id} id={decodeURIComponent(id)} />}</Route>
            <Route path="/models" component={ModelsPage} />
            <Route path="/models/:name/:version">{(names) => <VersionPage {...names} />}</Route>
            <Route path="/learning" component={LearningPage} />
            <Route path="/sources" component={SourcesPage} />
            <Route>
              <SlidesPage />
            </Route>
          </Switch>
        ) : (
          <p class="empty" aria-busy="true">
            {t('loading')}
          </p>
        )}
      </main>
      <Notices />
      <KeyDialog />
      <PersonDialog />
    </Router>
  );
}

function TopBar() {
  return (
    <header class="top">
      <Link href="/" class="brand">
        <span class="brand-mark" aria-hidden="true" />
        <span class="brand-name">hemoserve</span>
      </Link>
      <nav aria-label={t('nav.title')}>
        <NavLink href="/">{t('nav.slides')}</NavLink>
        <NavLink href="/models">{t('nav.models')}</NavLink>
        <NavLink href="/learning">{t('nav.learning')}</NavLink>
        <NavLink href="/sources">{t('nav.sources')}</NavLink>
      </nav>
      <span class="spacer" />
      <div class="tools">
        {workbench.value?.person ? (
          <span class="who" title={t('person.byKey')}>
            {workbench.value.person.name}
          </span>
        ) : (
          <button
            type="button"
            data-action="person"
            onClick={() => {
              personWanted.value = true;
            }}
          >
            {person.value?.name ?? t('person.nobody')}
          </button>
        )}
        <select
          aria-label={t('nav.language')}
          value={language.value}
          onChange={(event) => void speak(event.currentTarget.value as Language)}
        >
          {Object.entries(LANGUAGES).map(([code, name]) => (
            <option key={code} value={code}>
              {name}
            </option>
          ))}
        </select>
        <select
          aria-label={t('nav.theme')}
          value={theme.value}
          onChange={(event) => {
            theme.value = event.currentTarget.value as Theme;
          }}
        >
          {THEMES.map((one) => (
            <option key={one} value={one}>
              {t(`theme.${one}`)}
            </option>
          ))}
        </select>
      </div>
    </header>
  );
}

function NavLink({ href, children }: { href: string; children: string }) {
  const [isHere] = useRoute(href);
  return (
    <Link href={href} {...(isHere && { 'aria-current': 'page' })}>
      {children}
    </Link>
  );
}
