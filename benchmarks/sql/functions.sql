-- What the statements of Q1 to Q4 share: the graph's ids, its policy for a customer, and cursors without a signature.
CREATE SCHEMA IF NOT EXISTS benchmark;

CREATE OR REPLACE FUNCTION benchmark.gid(kind text, id uuid) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT rtrim(translate(encode(convert_to(rpad(kind || ':', (length(kind) + 3) / 3 * 3, ':'), 'UTF8')
    || uuid_send(id), 'base64'), E'+/\n', '-_'), '=')
$$;

CREATE OR REPLACE FUNCTION benchmark.cursor(moment timestamptz, id uuid) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT rtrim(translate(encode(convert_to(json_build_array(moment, id)::text, 'UTF8'), 'base64'), E'+/\n', '-_'), '=')
$$;

CREATE OR REPLACE FUNCTION benchmark.sees(viewer uuid, them customer) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT (them).id = viewer
    OR NOT EXISTS (SELECT 1 FROM block WHERE blocker_id = viewer AND blocked_id = (them).id)
    AND NOT EXISTS (SELECT 1 FROM block WHERE blocker_id = (them).id AND blocked_id = viewer)
    AND ((them).show_profile
      OR EXISTS (SELECT 1 FROM follow WHERE follower_id = viewer AND followee_id = (them).id)
      OR EXISTS (SELECT 1 FROM follow WHERE follower_id = (them).id AND followee_id = viewer)
      OR EXISTS (SELECT 1 FROM follow_request WHERE requester_id = (them).id AND target_id = viewer))
$$;

CREATE OR REPLACE FUNCTION benchmark.content(viewer uuid, them customer) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT (them).id = viewer OR NOT (them).is_private
    OR EXISTS (SELECT 1 FROM follow WHERE follower_id = viewer AND followee_id = (them).id)
$$;

-- Texts come in the language of who asks; the other servers know only those in English.
UPDATE customer SET preferred_language = 'en' WHERE clerk_id IN ('user_demo_amal', 'user_demo_omar') AND preferred_language <> 'en';
