namespace DenseNetRaw.Data;

/// <summary>What a folder of images has, and what is wrong with it.</summary>
/// <param name="DataSet">What it is: CIFAR-10, CIFAR-100, SVHN or image folder.</param>
/// <param name="Folder">Where it lies.</param>
/// <param name="Files">Its files; of an image folder its parts.</param>
/// <param name="Classes">Its classes and their images.</param>
/// <param name="Missing">Files of the official set that are not there.</param>
/// <param name="Problems">A sentence for each file that cannot be used.</param>
/// <param name="Warnings">A sentence for each that can, though something is odd.</param>
public sealed record DataReport(
    string DataSet,
    string Folder,
    IReadOnlyList<DataFile> Files,
    IReadOnlyList<ClassCount> Classes,
    IReadOnlyList<string> Missing,
    IReadOnlyList<string> Problems,
    IReadOnlyList<string> Warnings);
