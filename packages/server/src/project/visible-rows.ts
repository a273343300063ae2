/**
 * Triggers for a table whose rows have a `hidden` column. `appears` runs when a row becomes visible (inserted or
 * shown) and may speak of `new`; `vanishes` when it ceases to be (deleted or hidden) and may speak of `old`. Thus no
 * code path can forget a counter. Rows hide and show with their author: `person` names the column of the author's id.
 */
export function visibleRows(
  table: string,
  sql: { readonly appears?: string; readonly vanishes?: string } = {},
): string {
  const { appears, vanishes } = sql
  const parts = [
    `create trigger ${table}_follows_author after update of hidden on person when old.hidden <> new.hidden begin
      update ${table} set hidden = new.hidden where person = new.id;
    end;`,
  ]
  if (appears) {
    parts.push(
      `create trigger ${table}_inserted after insert on ${table} when new.hidden = 0 begin ${appears} end;`,
      `create trigger ${table}_shown after update of hidden on ${table} when old.hidden = 1 and new.hidden = 0 begin
        ${appears} end;`,
    )
  }
  if (vanishes) {
    parts.push(
      `create trigger ${table}_deleted after delete on ${table} when old.hidden = 0 begin ${vanishes} end;`,
      `create trigger ${table}_hidden after update of hidden on ${table} when old.hidden = 0 and new.hidden = 1 begin
        ${vanishes} end;`,
    )
  }
  return parts.join('\n')
}
