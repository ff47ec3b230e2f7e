"""`pmtui`: the full-screen app when bare, the command line otherwise."""


def main() -> None:
    """The console script."""


if __name__ == "__main__":
    main()
