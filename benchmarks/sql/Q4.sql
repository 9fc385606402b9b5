SELECT json_build_object('data', json_build_object('products', json_build_object('nodes', (
  SELECT coalesce(json_agg(json_build_object(
    'id', benchmark.gid('Product', id), 'slug', slug, 'title', title, 'description', description, 'tags', tags,
    'createdAt', created_at, 'updatedAt', updated_at, 'handle', slug, 'name', title, 'addedAt', created_at)
    ORDER BY created_at DESC, id DESC), '[]')
  FROM (SELECT * FROM product ORDER BY created_at DESC, id DESC LIMIT $2::int) page))))::text
FROM (SELECT $1::uuid) viewer
