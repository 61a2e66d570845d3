"""The peers' side of bench_peers: does one piece of work a line and says how long it took.

    load FILE                   users, items, entries (int64), then start, column, value: kept
    implicit items|users K      implicit's CosineRecommender.fit
    similaripy items|users K    similaripy's cosine
    sparse_dot_topn items|users K
    recommend N                 everybody's N from the last implicit items model
    surprise users|items FILE   Surprise's KNNBasic on a file like MovieLens-100K's u.data

Answers "SECONDS PROCESSOR PEAK_MB", or "-" with a reason where a peer is not installed. fit()
normalises the matrix itself, which takes some hundredths of a second.
"""
import importlib
import resource
import sys
import time
import warnings

import numpy
import scipy.sparse

warnings.filterwarnings("ignore")


class Bench:
    def load(self, path):
        with open(path, "rb") as file:
            users, items, entries = numpy.fromfile(file, numpy.int64, 3)
            start = numpy.fromfile(file, numpy.int64, users + 1)
            column = numpy.fromfile(file, numpy.int32, entries)
            value = numpy.fromfile(file, numpy.float32, entries)
        self.matrix = scipy.sparse.csr_matrix((value, column, start), shape=(users, items))
        self.transposed = self.matrix.T.tocsr()
        return lambda: None

    def compared(self, side):
        """The matrix whose rows are compared."""
        return self.transposed if side == "items" else self.matrix

    def implicit(self, side, k):
        from implicit.nearest_neighbours import CosineRecommender
        model = CosineRecommender(K=int(k), num_threads=0)
        # Rows are what is recommended to, columns what is compared.
        rows = self.matrix if side == "items" else self.transposed
        if side == "items":
            self.model = model
        return lambda: model.fit(rows, show_progress=False)

    def recommend(self, n):
        users = numpy.arange(self.matrix.shape[0])
        return lambda: self.model.recommend(users, self.matrix, N=int(n))

    def similaripy(self, side, k):
        import similaripy
        rows = self.compared(side)
        return lambda: similaripy.cosine(rows, k=int(k) + 1, verbose=False, format_output="csr")

    def sparse_dot_topn(self, side, k):
        from sparse_dot_topn import sp_matmul_topn
        rows = self.compared(side)
        norms = numpy.sqrt(numpy.asarray(rows.multiply(rows).sum(axis=1)).ravel())
        unit = scipy.sparse.diags(1 / numpy.maximum(norms, 1e-30)).dot(rows).tocsr()
        unit.data = unit.data.astype(numpy.float32)
        other = unit.T.tocsr()
        return lambda: sp_matmul_topn(unit, other, top_n=int(k) + 1, n_threads=0)

    def surprise(self, side, path):
        import surprise
        reader = surprise.Reader(line_format="user item rating timestamp", sep="\t")
        data = surprise.Dataset.load_from_file(path, reader).build_full_trainset()
        options = {"name": "cosine", "user_based": side == "users"}
        model = surprise.KNNBasic(sim_options=options, verbose=False)
        return lambda: model.fit(data)


def versions():
    found = []
    for name in ("implicit", "surprise", "similaripy", "sparse_dot_topn", "numpy"):
        try:
            found.append(name + " " + importlib.import_module(name).__version__)
        except ImportError:
            found.append(name + " absent")
    try:
        from threadpoolctl import threadpool_info
        for library in threadpool_info():
            if library["internal_api"] == "openblas":
                found.append("openblas " + str(library.get("architecture")))
                break
    except ImportError:
        pass
    return ", ".join(found)


def main():
    bench = Bench()
    out = sys.stdout
    sys.stdout = sys.stderr  # what libraries print
    print(versions(), file=out, flush=True)
    for line in sys.stdin:
        name, *words = line.split()
        try:
            work = getattr(bench, name)(*words)
            wall, processor = time.perf_counter(), time.process_time()
            work()
            wall, processor = time.perf_counter() - wall, time.process_time() - processor
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"{wall:.6f} {processor:.6f} {peak:.1f}", file=out, flush=True)
        except ImportError as error:
            print("-", error, file=out, flush=True)


main()
