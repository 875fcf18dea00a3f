-- A store as version 5 of the tables kept it: two Runs, the second one deleted.
CREATE TABLE schema_version (version INTEGER);
CREATE TABLE spool_offset (session TEXT NOT NULL, bytes BIGINT NOT NULL, PRIMARY KEY (session));
CREATE TABLE alias (model TEXT NOT NULL, name TEXT NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (model, name));
CREATE TABLE bundle_version (name TEXT NOT NULL, version INTEGER NOT NULL, content TEXT NOT NULL, PRIMARY KEY (name, version), UNIQUE (name, content));
CREATE TABLE dataset (digest TEXT NOT NULL, fingerprint TEXT NOT NULL, PRIMARY KEY (digest));
CREATE TABLE environment (digest TEXT NOT NULL, python TEXT NOT NULL, packages TEXT NOT NULL, PRIMARY KEY (digest));
CREATE TABLE event (model TEXT NOT NULL, seq INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (model, seq));
CREATE TABLE model_version (model TEXT NOT NULL, version INTEGER NOT NULL, digest TEXT NOT NULL, run TEXT NOT NULL, registered TEXT NOT NULL, "by" TEXT NOT NULL, PRIMARY KEY (model, version), UNIQUE (digest));
CREATE TABLE object (digest TEXT NOT NULL, bytes BIGINT NOT NULL, PRIMARY KEY (digest));
CREATE TABLE source (digest TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (digest));
CREATE TABLE execution (id TEXT NOT NULL, session TEXT NOT NULL, experiment TEXT NOT NULL, cell_id TEXT, number INTEGER, roles TEXT NOT NULL, injected BOOLEAN NOT NULL, source TEXT NOT NULL, status TEXT NOT NULL, started FLOAT NOT NULL, seconds FLOAT NOT NULL, facts TEXT, PRIMARY KEY (id), FOREIGN KEY(source) REFERENCES source (digest));
CREATE INDEX ix_execution_session ON execution (session);
CREATE TABLE run (id TEXT NOT NULL, experiment TEXT NOT NULL, name TEXT NOT NULL, status TEXT NOT NULL, started FLOAT NOT NULL, finished FLOAT NOT NULL, session TEXT NOT NULL, identity TEXT, environment TEXT, git TEXT, failure TEXT, deleted FLOAT, conditions TEXT, inputs TEXT, PRIMARY KEY (id), FOREIGN KEY(environment) REFERENCES environment (digest));
CREATE INDEX ix_run_experiment ON run (experiment);
CREATE INDEX ix_run_identity ON run (identity);
CREATE TABLE artifact (run TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, type TEXT NOT NULL, format TEXT NOT NULL, object TEXT, remark TEXT, parameters TEXT, PRIMARY KEY (run, name, kind), FOREIGN KEY(run) REFERENCES run (id) ON DELETE CASCADE, FOREIGN KEY(object) REFERENCES object (digest));
CREATE TABLE metric (run TEXT NOT NULL, name TEXT NOT NULL, execution TEXT NOT NULL, step INTEGER NOT NULL, value FLOAT, source TEXT NOT NULL, confidence FLOAT NOT NULL, at FLOAT NOT NULL, latest BOOLEAN NOT NULL, PRIMARY KEY (run, name, execution, step), FOREIGN KEY(run) REFERENCES run (id) ON DELETE CASCADE, FOREIGN KEY(execution) REFERENCES execution (id));
CREATE TABLE note (run TEXT NOT NULL, at FLOAT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (run, at), FOREIGN KEY(run) REFERENCES run (id) ON DELETE CASCADE);
CREATE TABLE param (run TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, number FLOAT, source TEXT, confidence FLOAT, PRIMARY KEY (run, name), FOREIGN KEY(run) REFERENCES run (id) ON DELETE CASCADE);
CREATE TABLE run_dataset (run TEXT NOT NULL, name TEXT NOT NULL, dataset TEXT NOT NULL, PRIMARY KEY (run, name), FOREIGN KEY(run) REFERENCES run (id) ON DELETE CASCADE, FOREIGN KEY(dataset) REFERENCES dataset (digest));
CREATE TABLE run_execution (run TEXT NOT NULL, execution TEXT NOT NULL, PRIMARY KEY (run, execution), FOREIGN KEY(run) REFERENCES run (id) ON DELETE CASCADE, FOREIGN KEY(execution) REFERENCES execution (id));
CREATE TABLE tag (run TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (run, name), FOREIGN KEY(run) REFERENCES run (id) ON DELETE CASCADE);

INSERT INTO schema_version VALUES (5);
INSERT INTO spool_offset VALUES ('S1', 12);
INSERT INTO source VALUES ('5d9c68c6c50ed3d02a2fcf54f63993b6', 'C = 2'), ('digest-of-fit', 'model = fit(C)');
INSERT INTO environment VALUES ('e1', '3.11.9', '{"numpy": "2.4.0"}');
INSERT INTO object VALUES ('o1', 7);
INSERT INTO dataset VALUES ('d1', '{"digest":"d1","kind":"frame","shape":[3,1],"columns":[{"name":"x","dtype":"int64","digest":"c1"}]}');
INSERT INTO execution VALUES
  ('X1', 'S1', 'a/churn.ipynb', 'one', 1, 'parameters', 0, '5d9c68c6c50ed3d02a2fcf54f63993b6', 'ok', 1.0, 0.5, '{"parameters":{"C":2}}'),
  ('X2', 'S1', 'a/churn.ipynb', 'two', 2, 'train evaluate', 0, 'digest-of-fit', 'ok', 2.0, 0.25, NULL),
  ('X3', 'S1', 'a/churn.ipynb', 'two', 2, 'train evaluate', 0, 'digest-of-fit', 'failed', 9.0, 0.25, NULL);
INSERT INTO run VALUES
  ('RUN1', 'a/churn.ipynb', 'churn', 'ok', 2.0, 2.25, 'S1', 'abcdef0123', 'e1', '{"commit": "c0ffee", "changed": false}', NULL, NULL, '{"TZ": "UTC"}', '{"out_of_order":true}'),
  ('RUN2', 'a/churn.ipynb', 'churn', 'failed', 9.0, 9.25, 'S1', 'ffff', NULL, NULL, '{"cell":2,"line":1,"error":"ValueError: no","traceback":"..."}', 8.0, NULL, NULL);
INSERT INTO run_execution VALUES ('RUN1', 'X1'), ('RUN1', 'X2'), ('RUN2', 'X1'), ('RUN2', 'X3');
INSERT INTO param VALUES
  ('RUN1', 'C', '2', 2.0, 'assigned', 1.0), ('RUN1', 'model.C', '2', 2.0, 'estimator', 1.0), ('RUN2', 'C', '2', 2.0, NULL, NULL);
INSERT INTO metric VALUES
  ('RUN1', 'auc', 'X2', 0, 0.5, 'call:roc_auc_score', 1.0, 2.25, 0), ('RUN1', 'auc', 'X2', 1, 0.75, 'call:roc_auc_score', 1.0, 2.25, 1),
  ('RUN1', 'loss', 'X2', 0, NULL, 'assigned', 0.9, 2.25, 1);
INSERT INTO artifact VALUES
  ('RUN1', 'model', 'estimator', 'sklearn.X', 'joblib', 'o1', NULL, '[{"C": 2, "tol": 0.1}, ["C"]]'),
  ('RUN1', 'notebook', 'notebook', 'ipynb', 'json', 'o1', NULL, NULL);
INSERT INTO run_dataset VALUES ('RUN1', 'df', 'd1');
INSERT INTO tag VALUES ('RUN1', 'keep');
INSERT INTO note VALUES ('RUN1', 3.0, 'the one');
INSERT INTO model_version VALUES ('churn', 1, 'b1', 'RUN1', '2026-01-01', 'ann');
INSERT INTO bundle_version VALUES ('churn', 1, 'b1');
