WITH more AS (
  SELECT p.*, row_number() OVER (ORDER BY p.created_at DESC, p.id DESC) AS place FROM product p
  ORDER BY p.created_at DESC, p.id DESC LIMIT $2::int + 1
), page AS (SELECT p.*, b.name AS brand FROM more p LEFT JOIN brand b ON b.id = p.brand_id WHERE p.place <= $2::int)
SELECT json_build_object('data', json_build_object('products', json_build_object(
  'nodes', (SELECT coalesce(json_agg(json_build_object(
    'id', benchmark.gid('Product', id), 'slug', slug, 'title', title, 'description', description,
    'createdAt', created_at, 'updatedAt', updated_at,
    'brand', CASE WHEN brand IS NOT NULL THEN json_build_object('name', brand) END) ORDER BY place), '[]') FROM page),
  'pageInfo', json_build_object(
    'hasNextPage', (SELECT count(*) > $2::int FROM more),
    'endCursor', (SELECT benchmark.cursor(created_at, id) FROM page ORDER BY place DESC LIMIT 1)))))::text
FROM (SELECT $1::uuid) viewer
