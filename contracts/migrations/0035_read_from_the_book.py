"""What a row says of the book is what the book says, in the words of its text: a contract's defaults (P6), the tax
invoices that goods are paid against (P2.2), the AQL by which a sample is taken (P3.2).

Read is the usual form of a rule, a table of its own with one value to a line. What a book writes otherwise is not read
here and stays with the verb; there the law of before holds on (one book says one thing in every version)."""

from __future__ import annotations

from django.db import migrations

from contracts.migrations import _sql as sql

REFUSED = (
    "USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'contracts_p6'"
)

READ = r"""
-- The value of a key of a rule as it is written in the book in force, else in the book that it includes; null for none.
CREATE FUNCTION contracts_book_writes(rule text, key text, moment timestamptz) RETURNS text LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT substring(coalesce(substring(v.source from its_table), substring(v.base_source from its_table))
                     from concat('\n[ \t]*', key, '[ \t]*=[ \t]*([^\n]*)'))
    FROM rulebook_version v,
         concat('(?:^|\n)[ \t]*\[[ \t]*rules[ \t]*\.[ \t]*["'']', replace(rule, '.', '\.'),
                '["''][ \t]*\][^\n]*((?:\n(?![ \t]*\[)[^\n]*)*)') AS its_table
    WHERE v.effective @> moment
$$;
CREATE FUNCTION contracts_book_number(rule text, moment timestamptz) RETURNS numeric LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT replace(substring(contracts_book_writes(rule, 'value', moment) from '^"?([0-9][0-9_]*(?:\.[0-9]+)?)"?'),
                   '_', '')::numeric
$$;
-- "24 h", "1 day 12 h"; null for what is not of fixed length.
CREATE FUNCTION contracts_book_hours(rule text, moment timestamptz) RETURNS numeric LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT CASE WHEN count(*) = count(u.hours) THEN sum(part[1]::numeric * u.hours) END
    FROM substring(contracts_book_writes(rule, 'after', moment) from '^"([^"]*)"') AS said
    CROSS JOIN LATERAL regexp_matches(said, '(\d{1,9})\s*([a-z]+)', 'g') AS part
    LEFT JOIN (VALUES ('s', 1 / 3600.0), ('min', 1 / 60.0), ('h', 1), ('day', 24), ('days', 24), ('week', 168), ('weeks', 168))
        AS u (unit, hours) ON u.unit = part[2]
$$;
-- contracts/selectors/terms.py, `defaults`.
CREATE FUNCTION contracts_book_terms(moment timestamptz) RETURNS jsonb LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object(
        'settlement', substring(contracts_book_writes('contracts.terms', 'value', moment) from '\mstandard *= *"([^"]*)"'),
        'deposit_percent', trim_scale(contracts_book_number('contracts.deposit', moment))::text,
        'balance_days', floor(contracts_book_hours('contracts.balance', moment) / 24),
        'return_days', floor(contracts_book_hours('contracts.order_return', moment) / 24),
        'deemed_days', floor(contracts_book_hours('contracts.order_deemed', moment) / 24),
        'warehouse', '',
        'partial_delivery', substring(
            contracts_book_writes('contracts.partial_delivery', 'value', moment) from '^(true|false)\M')::boolean,
        'withhold_percent', trim_scale(contracts_book_number('contracts.withhold', moment))::text,
        'penalty_months', substring(contracts_book_writes('contracts.commission_penalty', 'value', moment)
                                    from '\mmonths_of_payment *= *([0-9]{1,9})\M')::integer,
        'rectification_hours', floor(contracts_book_hours('contracts.rectification', moment)),
        'report_standard', substring(contracts_book_writes('contracts.inspection', 'value', moment)
                                     from '\mstandards *= *\[ *"([^"]*)"'),
        'reports_per_step', substring(contracts_book_writes('contracts.inspection', 'value', moment)
                                      from '\mreports_per_step *= *([0-9]{1,9})\M')::integer))
$$;
"""
NOT_READ = """
DROP FUNCTION contracts_book_terms(timestamptz); DROP FUNCTION contracts_book_hours(text, timestamptz);
DROP FUNCTION contracts_book_number(text, timestamptz); DROP FUNCTION contracts_book_writes(text, text, timestamptz);
"""

BOOK_BEFORE = sql.replaced("0034_shares_by_hand", "BOOK")
BOOK = sql.changed(
    BOOK_BEFORE,
    (
        "    IF EXISTS (SELECT FROM rulebook_version w JOIN",
        f"""    IF EXISTS (SELECT FROM jsonb_each(contracts_book_terms(NEW.at)) says
               WHERE NEW.book -> says.key IS DISTINCT FROM says.value) THEN
        RAISE EXCEPTION 'a version does not name what the book in force says (P6)' {REFUSED};
    END IF;
    IF EXISTS (SELECT FROM rulebook_version w JOIN""",
    ),
)

INVOICED = """
-- Looked at when the transaction ends: what the book has paid against tax invoices is covered by those that the voucher
-- takes of, on the day on which it is recorded.
CREATE FUNCTION contracts_voucher_invoiced() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    says text := contracts_book_writes('contracts.invoices', 'value', NEW.at); needed numeric; covered numeric;
BEGIN
    SELECT coalesce(sum(l.amount), 0) INTO needed
    FROM contracts_paymentline l JOIN contracts_payable p ON p.id = l.payable_id
    WHERE l.payment_id = NEW.payment_id AND coalesce(
        CASE p.kind WHEN 'deposit' THEN substring(says from '\\mdeposit *= *(true|false)\\M')
                    ELSE substring(says from '\\mrest_of_price *= *(true|false)\\M') END::boolean,
        p.kind <> 'deposit');
    SELECT coalesce(sum(u.amount), 0) INTO covered FROM contracts_invoiceuse u WHERE u.voucher_id = NEW.id;
    -- Where something is left of an invoice that is named, it is for law_whole to say that it has to be taken.
    IF covered < needed AND NOT EXISTS (SELECT FROM contracts_invoiceuse u WHERE u.voucher_id = NEW.id
                                        AND contracts_invoice_left(u.invoice_id) > 0) THEN
        PERFORM contracts_refuse_money('goods are paid against tax invoices over as much (P2.2)', 'voucher_invoiced');
    END IF;
    IF NEW.at < (SELECT p.at FROM contracts_payment p WHERE p.id = NEW.payment_id) THEN
        PERFORM contracts_refuse_money('nothing is paid before it was agreed to (P2.2)', 'voucher_after');
    END IF;
    RETURN NULL;
END $$;
-- Its name comes after law_invoices: whether the invoices are there is looked at first.
CREATE CONSTRAINT TRIGGER law_paid_against AFTER INSERT ON contracts_paymentvoucher
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION contracts_voucher_invoiced();
"""
NOT_INVOICED = (
    "DROP TRIGGER law_paid_against ON contracts_paymentvoucher; DROP FUNCTION contracts_voucher_invoiced();"
)

INSPECTION_BEFORE = sql.function("0011_inspection_law", "LAW", "contracts_inspection_law")
INSPECTION = sql.changed(
    INSPECTION_BEFORE,
    (
        "    RETURN NEW;",
        """    IF NOT EXISTS (SELECT FROM rulebook_version v WHERE v.effective @> NEW.at)
       OR NEW.aql <> substring(contracts_book_writes('contracts.aql', 'value', NEW.at) from '^"([^"]*)"') THEN
        RAISE EXCEPTION 'the sample of an inspection is by the AQL of the book (P3.2)'
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'inspection_by_book';
    END IF;
    RETURN NEW;""",
    ),
)


class Migration(migrations.Migration):
    dependencies = [("contracts", "0034_shares_by_hand"), ("rulebook", "0004_version_run")]

    operations = [
        migrations.RunSQL(READ, NOT_READ),
        migrations.RunSQL(BOOK, BOOK_BEFORE),
        migrations.RunSQL(INVOICED, NOT_INVOICED),
        migrations.RunSQL(INSPECTION, INSPECTION_BEFORE),
    ]
