-- warn | fact_partnerships | Every deal's partners and owner are known.
SELECT toString(partnership_id) AS record
FROM fact_partnerships
WHERE entity1_key = 0 OR entity2_key = 0 OR owner_user_key = 0
