// The page where explorer/ was not built: GraphiQL 3 from a CDN, with the persona switch.
(() => {
  const config = JSON.parse(document.getElementById('clientele-config').textContent);
  const root = document.getElementById('root');
  const select = document.getElementById('persona');

  if (!window.React || !window.ReactDOM || !window.GraphiQL) {
    root.firstElementChild.textContent =
      'GraphiQL could not be loaded from the CDN. The graph itself works: send it POST requests.';
    return;
  }

  select.add(new Option('Anonymous', ''));
  for (const { username, description } of config.personas) {
    select.add(new Option(description ? `${username}: ${description}` : username, username));
  }

  const fetcher = window.GraphiQL.createFetcher({
    url: config.endpoint,
    headers: { 'X-GraphiQL': 'true' }, // in development, it may send documents that are not registered
    enableIncrementalDelivery: false,
  });

  function headersOf(username) {
    const persona = config.personas.find((each) => each.username === username);
    return persona ? JSON.stringify({ Authorization: `Bearer ${persona.token}` }, null, 2) : '';
  }

  function Explorer() {
    const [headers, setHeaders] = React.useState('');
    React.useEffect(() => {
      select.onchange = () => setHeaders(headersOf(select.value));
    }, []);
    return React.createElement(window.GraphiQL, {
      fetcher,
      headers,
      onEditHeaders: setHeaders,
      defaultEditorToolsVisibility: 'headers',
      showPersistHeadersSettings: false,
    });
  }

  ReactDOM.createRoot(root).render(React.createElement(Explorer));
})();
