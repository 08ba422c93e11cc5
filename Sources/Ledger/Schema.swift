internal import SQLite

/// The tables. A released migration is never changed: a new one follows it.
enum Schema {
  private static let migrations = [
    (name: "1", sql: tables + appendOnly), (name: "2", sql: events + eventsStay), (name: "3", sql: agentSteps),
    (name: "4", sql: spending),
  ]

  /// Brings a ledger to the newest form.
  ///
  /// - Throws: `Refusal` where a newer Belljar has been there.
  static func migrate(_ database: Database) throws {
    // The table's name is older than this code: the first ledgers were made through GRDB.
    try database.execute("CREATE TABLE IF NOT EXISTS grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)")
    let done = try database.rows("SELECT identifier FROM grdb_migrations").compactMap {
      $0.read("identifier") as String?
    }
    guard Set(done).isSubset(of: migrations.map(\.name)) else {
      throw Refusal(why: "a newer Belljar wrote it", advice: "update Belljar, or use another state folder")
    }
    for migration in migrations where !done.contains(migration.name) {
      try database.transaction(writes: true) {
        try database.execute(migration.sql)
        try database.run("INSERT INTO grdb_migrations (identifier) VALUES (?)", [migration.name])
      }
    }
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

  /// The chain goes over events too, each link at a position of its own; an iteration says what stood after it, so that a
  /// loop is resumed, and its status told, without reading all the others.
  private static let events = """
    DROP TRIGGER finished_iterations_stay;
    ALTER TABLE loops ADD COLUMN format INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE loops ADD COLUMN folder TEXT;
    ALTER TABLE loops ADD COLUMN prompt TEXT;
    ALTER TABLE loops ADD COLUMN iteration_limit INTEGER;
    CREATE INDEX loops_by_name ON loops (checkout, name, id);

    ALTER TABLE iterations ADD COLUMN position INTEGER;
    ALTER TABLE iterations ADD COLUMN edit TEXT;
    ALTER TABLE iterations ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE iterations ADD COLUMN kept INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE iterations ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE iterations ADD COLUMN stale INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE iterations ADD COLUMN spent REAL NOT NULL DEFAULT 0;
    ALTER TABLE iterations ADD COLUMN gain REAL NOT NULL DEFAULT 1;
    ALTER TABLE scores ADD COLUMN output TEXT;
    UPDATE iterations SET position = number WHERE hash IS NOT NULL;
    CREATE UNIQUE INDEX iterations_by_position ON iterations (loop_id, position) WHERE position IS NOT NULL;
    CREATE INDEX champions ON iterations (loop_id, number) WHERE champion_moved = 1;
    CREATE INDEX iterations_by_verdict ON iterations (loop_id, verdict, number);

    CREATE TABLE events (
      loop_id INTEGER NOT NULL REFERENCES loops (id), position INTEGER NOT NULL, kind TEXT NOT NULL, iteration INTEGER,
      at INTEGER NOT NULL, spent REAL, value REAL, detail TEXT, previous TEXT NOT NULL, hash TEXT NOT NULL,
      PRIMARY KEY (loop_id, position));
    CREATE INDEX events_by_kind ON events (loop_id, kind, position);
    """

  private static let eventsStay = """
    CREATE TRIGGER finished_iterations_stay BEFORE UPDATE ON iterations WHEN OLD.hash IS NOT NULL
    BEGIN SELECT RAISE(ABORT, 'a finished iteration is never changed'); END;
    CREATE TRIGGER events_stay BEFORE UPDATE ON events WHEN OLD.hash <> ''
    BEGIN SELECT RAISE(ABORT, 'an event is never changed'); END;
    CREATE TRIGGER events_are_kept BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'an event is never removed'); END;
    CREATE TRIGGER loops_are_kept BEFORE DELETE ON loops BEGIN SELECT RAISE(ABORT, 'a loop is never removed'); END;
    """

  /// What an agent did at an iteration, step by step; the traces are objects of the store.
  private static let agentSteps = """
    CREATE TABLE agent_steps (
      loop_id INTEGER NOT NULL, iteration INTEGER NOT NULL, position INTEGER NOT NULL, name TEXT NOT NULL,
      kind TEXT NOT NULL, model TEXT, outcome TEXT NOT NULL, trace TEXT, seconds REAL NOT NULL, picodollars INTEGER,
      input_tokens INTEGER, cached_tokens INTEGER, output_tokens INTEGER, requests INTEGER,
      PRIMARY KEY (loop_id, iteration, position),
      FOREIGN KEY (loop_id, iteration) REFERENCES iterations (loop_id, number));
    CREATE TRIGGER agent_steps_stay BEFORE UPDATE ON agent_steps
    BEGIN SELECT RAISE(ABORT, 'an agent''s step is never changed'); END;
    CREATE TRIGGER agent_steps_are_kept BEFORE DELETE ON agent_steps
    BEGIN SELECT RAISE(ABORT, 'an agent''s step is never removed'); END;
    """

  /// What each loop's steps took, added up as they come: `status` and `log` say it, and must not read three million rows for that.
  /// Whole numbers, time in microseconds, so that any order of adding gives the same; past the largest integer SQLite goes on in
  /// doubles.
  private static let spending = """
    CREATE TABLE spending (
      loop_id INTEGER PRIMARY KEY REFERENCES loops (id), steps INTEGER NOT NULL, known INTEGER NOT NULL,
      picodollars INTEGER NOT NULL, microseconds INTEGER NOT NULL, input INTEGER NOT NULL, cached INTEGER NOT NULL,
      output INTEGER NOT NULL, requests INTEGER NOT NULL);
    INSERT INTO spending SELECT loop_id, \(spendingSums) FROM agent_steps GROUP BY loop_id;
    CREATE TRIGGER spending_grows AFTER INSERT ON agent_steps BEGIN
      INSERT INTO spending VALUES (
        NEW.loop_id, 1, NEW.picodollars IS NOT NULL, ifnull(NEW.picodollars, 0),
        CAST(round(NEW.seconds * 1e6) AS INTEGER), ifnull(NEW.input_tokens, 0), ifnull(NEW.cached_tokens, 0),
        ifnull(NEW.output_tokens, 0), ifnull(NEW.requests, 0))
      ON CONFLICT (loop_id) DO UPDATE SET
        steps = steps + excluded.steps, known = known + excluded.known,
        picodollars = picodollars + excluded.picodollars, microseconds = microseconds + excluded.microseconds,
        input = input + excluded.input, cached = cached + excluded.cached, output = output + excluded.output,
        requests = requests + excluded.requests;
    END;
    """

  /// The columns of `spending`, computed from the steps. total() gives a double and never fails, whatever someone wrote into them.
  static let spendingSums = """
    total(1) AS steps, total(picodollars IS NOT NULL) AS known, total(picodollars) AS picodollars,
    total(CAST(round(seconds * 1e6) AS INTEGER)) AS microseconds, total(input_tokens) AS input,
    total(cached_tokens) AS cached, total(output_tokens) AS output, total(requests) AS requests
    """
}
