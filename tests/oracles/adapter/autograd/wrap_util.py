"""Operators of a function of one argument, made to take functions of many."""


def unary_to_nary(operator):
    def nary_operator(fun, argnum=0, *settings, **named):
        def nary(*args, **kwargs):
            positions = [argnum] if isinstance(argnum, int) else list(argnum)

            def unary(x):
                parts = [x] if isinstance(argnum, int) else x
                given = list(args)
                for position, part in zip(positions, parts, strict=True):
                    given[position] = part
                return fun(*given, **kwargs)

            unary.__name__ = getattr(fun, "__name__", "function")
            x = tuple([args[position] for position in positions])
            x = x[0] if isinstance(argnum, int) else x
            return operator(unary, x, *settings, **named)

        return nary

    return nary_operator
