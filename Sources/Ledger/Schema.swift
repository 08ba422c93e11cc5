internal import GRDB

/// The tables. A released migration is never changed: a new one follows it.
enum Schema {
  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { database in
      try database.execute(sql: tables)
      try database.execute(sql: appendOnly)
    }
    return migrator
  }

  private static let tables = """
    CREATE TABLE loops (
      id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, checkout TEXT NOT NULL, harness_path TEXT NOT NULL,
      harness_text TEXT NOT NULL, harness_digest TEXT NOT NULL, strategy TEXT NOT NULL, agent TEXT NOT NULL,
      seed TEXT NOT NULL, baseline_tree TEXT NOT NULL, started INTEGER NOT NULL,
      ended INTEGER, end_reason TEXT, champion_iteration INTEGER);
    CREATE INDEX loops_by_checkout ON loops (checkout, id);

    CREATE TABLE iterations (
      loop_id INTEGER NOT NULL REFERENCES loops (id), number INTEGER NOT NULL, parent_iteration INTEGER,
      state TEXT NOT NULL, candidate TEXT, tree TEXT, verdict TEXT, reason TEXT, note TEXT, prompt TEXT,
      started INTEGER NOT NULL, ended INTEGER, seconds REAL, objective REAL, ratio REAL, ratio_low REAL, ratio_high REAL,
      champion_moved INTEGER NOT NULL DEFAULT 0, previous TEXT, hash TEXT,
      PRIMARY KEY (loop_id, number));
    CREATE INDEX unfinished_iterations ON iterations (loop_id, number) WHERE hash IS NULL;

    CREATE TABLE runs (
      loop_id INTEGER NOT NULL, iteration INTEGER NOT NULL, position INTEGER NOT NULL, step TEXT NOT NULL,
      side TEXT NOT NULL, ordinal INTEGER NOT NULL, outcome TEXT NOT NULL, exit_code INTEGER, wall_us INTEGER NOT NULL,
      user_us INTEGER NOT NULL, sys_us INTEGER NOT NULL, peak_memory INTEGER, processes_left INTEGER NOT NULL,
      stdout_tail TEXT NOT NULL, stderr_tail TEXT NOT NULL, stdout_digest TEXT,
      PRIMARY KEY (loop_id, iteration, position),
      FOREIGN KEY (loop_id, iteration) REFERENCES iterations (loop_id, number));

    CREATE TABLE scores (
      loop_id INTEGER NOT NULL, iteration INTEGER NOT NULL, position INTEGER NOT NULL, scorer TEXT NOT NULL,
      role TEXT NOT NULL, channel TEXT NOT NULL, value REAL, unit TEXT, answer TEXT, passed INTEGER, explanation TEXT,
      metrics TEXT,
      PRIMARY KEY (loop_id, iteration, position),
      FOREIGN KEY (loop_id, iteration) REFERENCES iterations (loop_id, number));
    """

  /// Against mistakes of our own; against anyone else stands the chain.
  private static let appendOnly = """
    CREATE TRIGGER finished_iterations_stay BEFORE UPDATE ON iterations WHEN OLD.hash IS NOT NULL
    BEGIN SELECT RAISE(ABORT, 'a finished iteration is never changed'); END;
    CREATE TRIGGER iterations_stay BEFORE DELETE ON iterations
    BEGIN SELECT RAISE(ABORT, 'an iteration is never removed'); END;
    CREATE TRIGGER runs_stay BEFORE UPDATE ON runs BEGIN SELECT RAISE(ABORT, 'a run is never changed'); END;
    CREATE TRIGGER runs_are_kept BEFORE DELETE ON runs BEGIN SELECT RAISE(ABORT, 'a run is never removed'); END;
    CREATE TRIGGER scores_stay BEFORE UPDATE ON scores BEGIN SELECT RAISE(ABORT, 'a score is never changed'); END;
    CREATE TRIGGER scores_are_kept BEFORE DELETE ON scores BEGIN SELECT RAISE(ABORT, 'a score is never removed'); END;
    """
}
