"""What a PostgreSQL database consists of, as text that can be compared."""

from sqlalchemy import Connection, text

# Partitions are made by time, not by migrations; alembic_version is Alembic's own; extensions bring their own objects.
SNAPSHOT = text("""
WITH own AS (
    SELECT oid, relname, relkind FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND NOT relispartition AND relname <> 'alembic_version'
      AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')
)
SELECT 'column ' || relname || '.' || attname,
       concat_ws(' ', format_type(atttypid, atttypmod), CASE WHEN attnotnull THEN 'not null' END,
                 CASE attidentity WHEN 'a' THEN 'identity always' WHEN 'd' THEN 'identity' END,
                 nullif(attgenerated::text, ''), collation_name, pg_get_expr(adbin, adrelid))
FROM own JOIN pg_attribute ON attrelid = own.oid
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    LEFT JOIN (SELECT oid AS collation_oid, 'collate ' || collname AS collation_name FROM pg_collation
               WHERE collname <> 'default') AS c ON collation_oid = attcollation
WHERE relkind IN ('r', 'p') AND attnum > 0 AND NOT attisdropped
UNION ALL
SELECT 'table ' || relname, concat_ws(' ', 'partition by ' || pg_get_partkeydef(own.oid), reloptions::text)
FROM own JOIN pg_class USING (oid, relname, relkind) WHERE relkind IN ('r', 'p')
UNION ALL
SELECT 'view ' || relname, pg_get_viewdef(oid) FROM own WHERE relkind IN ('v', 'm')
UNION ALL
SELECT 'index ' || c.relname, pg_get_indexdef(indexrelid)
FROM pg_index JOIN own ON own.oid = indrelid JOIN pg_class AS c ON c.oid = indexrelid
UNION ALL
SELECT 'constraint ' || relname || '.' || conname, pg_get_constraintdef(pg_constraint.oid)
FROM own JOIN pg_constraint ON conrelid = own.oid WHERE contype <> 'n' -- the column says it
UNION ALL
SELECT 'trigger ' || relname || '.' || tgname, pg_get_triggerdef(pg_trigger.oid)
FROM own JOIN pg_trigger ON tgrelid = own.oid WHERE NOT tgisinternal
UNION ALL
SELECT 'function ' || pg_proc.oid::regprocedure::text, pg_get_functiondef(pg_proc.oid)
FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prokind IN ('f', 'p')
  AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
UNION ALL
SELECT 'type ' || typname,
       concat_ws(' ', format_type(nullif(typbasetype, 0), typtypmod),
                 (SELECT string_agg(enumlabel, ',' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = pg_type.oid))
FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd')
  AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_type.oid AND deptype = 'e')
UNION ALL
SELECT 'sequence ' || relname, '' FROM own WHERE relkind = 'S'
UNION ALL
SELECT 'extension ' || extname, '' FROM pg_extension WHERE extname <> 'plpgsql'
""")


def snapshot(connection: Connection) -> dict[str, str]:
    """Every table, column, constraint, index, trigger, function and type, each with its definition."""
    return {row[0]: row[1] for row in connection.execute(SNAPSHOT)}


def differences(database: dict[str, str], files: dict[str, str]) -> list[str]:
    """Where a migrated database departs from the models and SQL files."""
    return [
        *(f"only in the database: {name}" for name in sorted(database.keys() - files.keys())),
        *(f"only in the files: {name}" for name in sorted(files.keys() - database.keys())),
        *(
            f"{name}: the database has {database[name]!r}, the files {files[name]!r}"
            for name in sorted(database.keys() & files.keys())
            if database[name] != files[name]
        ),
    ]
