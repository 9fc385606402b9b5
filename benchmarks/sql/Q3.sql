-- For an administrator, who sees everybody and all of them.
SELECT json_build_object('data', json_build_object('customer', (
  SELECT json_build_object('id', benchmark.gid('Customer', star.id), 'followers', followers.page)
  FROM customer star CROSS JOIN LATERAL (
    SELECT json_build_object(
      'edges', coalesce(json_agg(json_build_object('cursor', one.cursor, 'node', one.node) ORDER BY one.place)
        FILTER (WHERE one.place <= 20), '[]'),
      'pageInfo', json_build_object('hasNextPage', count(*) > 20,
        'endCursor', (array_agg(one.cursor ORDER BY one.place DESC) FILTER (WHERE one.place <= 20))[1])) AS page
    FROM (
      SELECT picked.place, benchmark.cursor(picked.followed_at, picked.id) AS cursor, json_build_object(
        'id', benchmark.gid('Customer', picked.id), 'username', picked.username, 'name', picked.name,
        'wishlist', list.wishlist) AS node
      FROM (
        SELECT c.id, c.username, c.name, f.created_at AS followed_at,
          row_number() OVER (ORDER BY f.created_at DESC, f.follower_id DESC) AS place
        FROM follow f JOIN customer c ON c.id = f.follower_id
        WHERE f.followee_id = star.id
        ORDER BY f.created_at DESC, f.follower_id DESC LIMIT 21) picked
      LEFT JOIN LATERAL (
        SELECT json_build_object('items', items.page) AS wishlist
        FROM wishlist w
        CROSS JOIN LATERAL (
          SELECT json_build_object(
            'nodes', coalesce(json_agg(json_build_object('variant', json_build_object('product', json_build_object(
              'id', benchmark.gid('Product', p.id), 'title', p.title, 'slug', p.slug,
              'brand', CASE WHEN b.id IS NOT NULL THEN json_build_object('name', b.name) END))) ORDER BY i.place)
              FILTER (WHERE i.place <= 5), '[]'),
            'pageInfo', json_build_object('hasNextPage', count(*) > 5, 'endCursor',
              (array_agg(benchmark.cursor(i.created_at, i.id) ORDER BY i.place DESC) FILTER (WHERE i.place <= 5))[1])
          ) AS page
          FROM (
            SELECT x.*, row_number() OVER (ORDER BY x.created_at DESC, x.id DESC) AS place
            FROM wishlist_item x WHERE x.wishlist_id = w.id
            ORDER BY x.created_at DESC, x.id DESC LIMIT 6) i
          JOIN product_variant v ON v.id = i.variant_id JOIN product p ON p.id = v.product_id
          LEFT JOIN brand b ON b.id = p.brand_id) items
        WHERE w.owner_id = picked.id AND w.is_default) list ON true) one) followers
  WHERE star.id = $2)))::text
FROM (SELECT $1::uuid) viewer
