SELECT json_build_object('data', json_build_object('customer', (
  SELECT json_build_object(
    'id', benchmark.gid('Customer', c.id), 'username', c.username, 'name', c.name,
    'location', CASE WHEN c.id = $1 OR c.show_location AND benchmark.content($1, c) THEN c.location END,
    'followersCount', c.followers_count, 'createdAt', c.created_at)
  FROM customer c WHERE c.id = $2 AND benchmark.sees($1, c))))::text
