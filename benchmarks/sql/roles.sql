-- Each server connects as a role of its own, so that the CPU time of its backends can be told from that of the others'.
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['ours', 'ceiling', 'actions', 'documents', 'postgraphile', 'mercurius'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
      EXECUTE format('CREATE ROLE %I SUPERUSER LOGIN', name);
    END IF;
  END LOOP;
END $$;
