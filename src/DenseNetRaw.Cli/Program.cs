using DenseNetRaw.Cli;

return DensenetCommand.Run(args, Console.Out, Console.Error);
