export const schemaVersion = 1;

/** Made anew or completed at each opening: a table that is added later asks for no other version. Times are milliseconds since 1970. */
export const schema = `
create table if not exists verified (
  destination text not null, replica text not null, pack blob not null, at integer not null,
  primary key (destination, replica, pack)
) without rowid;
create table if not exists runs (
  id integer primary key, pipeline text not null, command text not null, started integer not null, ended integer not null,
  ending text not null, text text not null, report text not null
);
create table if not exists proofs (
  id integer primary key, destination text not null, at integer not null, passed integer not null, files integer not null,
  bytes integer not null, problems text not null
);
create table if not exists space (destination text not null, at integer not null, free integer not null);
create index if not exists space_by_time on space (destination, at);
create table if not exists seen (source text not null, kind text not null, at integer not null, primary key (source, kind))
without rowid;
create table if not exists kept (
  destination text not null, replica text not null, key text not null, until integer not null,
  primary key (destination, replica, key)
) without rowid;
create table if not exists keeping (
  destination text primary key, replica text not null, period integer not null, since integer not null, next integer not null
) without rowid`;
