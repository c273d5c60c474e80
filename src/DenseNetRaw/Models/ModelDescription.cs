using DenseNetRaw.Autograd;
using DenseNetRaw.Memory;

namespace DenseNetRaw.Models;

/// <summary>
/// Parameters, multiply-adds and shapes of a model, layer by layer, as recorded for one image. Multiply-adds are those
/// of convolutions and the linear layer, in transitions before the pooling; the literature's "FLOPs" of DenseNets are
/// twice as many.
/// </summary>
/// <param name="Model">The model's name.</param>
/// <param name="Layers">Its operations in order.</param>
public sealed record ModelDescription(string Model, IReadOnlyList<LayerDescription> Layers)
{
    /// <summary>Elements of all parameters that evaluation has.</summary>
    public long Parameters => Layers.Sum(layer => layer.Parameters);

    /// <summary>Multiply-adds of one image's forward pass.</summary>
    public long MultiplyAdds => Layers.Sum(layer => layer.MultiplyAdds);

    /// <summary>Elements of the parameters of heads, which only training has.</summary>
    public long HeadParameters { get; private init; }

    /// <summary>What each exit takes if the network ends there, in order.</summary>
    public IReadOnlyList<ExitDescription> Exits { get; private init; } = [];

    /// <summary>Describes a model.</summary>
    public static ModelDescription Of(Model model)
    {
        Tape tape = new(MemoryStrategy.Slab, isTraining: false) { PoolsFirst = false };
        IReadOnlyList<Exit> exits = model.Exits(tape, tape.NewInput("images", model.InputShape(1)));
        return new ModelDescription(model.Configuration.Name, [.. tape.Nodes.Select(Describe)])
        {
            Exits = Describe(exits, tape.Nodes),
            HeadParameters = model.Heads.Sum(head => head.Parameters.Sum(parameter => parameter.Shape.Count)),
        };
    }

    /// <summary>What is recorded up to an exit's logits is what that exit takes.</summary>
    private static List<ExitDescription> Describe(IReadOnlyList<Exit> exits, IReadOnlyList<Node> nodes)
    {
        List<ExitDescription> described = [];
        (long parameters, long multiplyAdds, long others) = (0, 0, 0);
        foreach (Node node in nodes)
        {
            parameters += CountParameters(node);
            multiplyAdds += node.MultiplyAdds;
            others += node.OtherOperations;
            if (described.Count < exits.Count && node.Outputs.Contains(exits[described.Count].Logits))
            {
                described.Add(new ExitDescription(
                    described.Count + 1, parameters, multiplyAdds, multiplyAdds + others));
            }
        }

        return described;
    }

    private static long CountParameters(Node node) => node.Inputs.OfType<Parameter>().Sum(p => p.Shape.Count);

    private static LayerDescription Describe(Node node)
    {
        long parameters = CountParameters(node);
        Variable output = node.Outputs[0], input = node.Inputs.Count > 0 ? node.Inputs[0] : output;
        return new LayerDescription(
            NameOf(node), node.Operation, input.Shape, output.Shape, parameters, node.MultiplyAdds);
    }

    /// <summary>The layer's key without the name of the parameter, or else the variable that it writes.</summary>
    private static string NameOf(Node node) => node.Inputs.OfType<Parameter>().LastOrDefault() is { } parameter
        ? parameter.Name[..parameter.Name.LastIndexOf('.')]
        : node.Outputs[0].Name;
}
