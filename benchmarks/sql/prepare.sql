-- What Q3 asks for: whoever the most followed customer won last has at least eight things on the default wishlist.
CREATE TEMPORARY TABLE latest AS
SELECT w.id, w.created_at, row_number() OVER (ORDER BY w.id) AS place
FROM (SELECT follower_id FROM follow
      WHERE followee_id = (SELECT id FROM customer WHERE NOT is_private AND show_profile AND show_followers
                           ORDER BY followers_count DESC, id LIMIT 1)
      ORDER BY created_at DESC, follower_id DESC LIMIT 100) f
JOIN wishlist w ON w.owner_id = f.follower_id AND w.is_default;

CREATE TEMPORARY TABLE numbered AS SELECT row_number() OVER (ORDER BY sku) AS place, id FROM product_variant;

INSERT INTO wishlist_item (id, wishlist_id, variant_id, created_at)
SELECT md5(l.id::text || n)::uuid, l.id, v.id, l.created_at + n * interval '1 minute 1 microsecond'
FROM latest l
CROSS JOIN generate_series(1, 8) n
JOIN numbered v ON v.place = 1 + (l.place * 1009 + n * 7919) % (SELECT count(*) FROM numbered)
ON CONFLICT DO NOTHING;

-- What Q1 asks for is shown, so that servers without a policy give the same.
UPDATE customer SET show_location = true
WHERE id = (SELECT id FROM customer WHERE NOT is_private AND show_profile AND show_followers
            ORDER BY followers_count DESC, id LIMIT 1);
