// Training from code: a tiny DenseNet on the embedded images, 24 steps, then the loss on images it has not seen.
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Data;
using DenseNetRaw.Models;
using DenseNetRaw.Training;

const int BatchSize = 16, Steps = 24, ReportedSteps = 6;

DenseNet model = new(DenseNetConfiguration.Named("densenet-bc-10-4"));
DataSource source = DataSource.Open(DataSource.Synthetic);
using ReferenceBackend backend = new();
using Session session = new(model, backend, new SessionSettings
{
    TrainingBatchSizes = [BatchSize],
    EvaluationBatchSizes = [BatchSize],
    Seed = 1,
});
Console.WriteLine($"{model.Configuration.Name}: {ModelDescription.Of(model).Parameters} parameters");

BatchOptions options = new() { BatchSize = BatchSize, Seed = 1, Shuffle = true };
using BatchLoader training = new(source.ReadTraining(), options);
training.StartEpoch(1);
double sum = 0;
for (int step = 1; step <= Steps && training.TryNext(out Batch? batch); step++)
{
    sum += session.Train(batch.Pixels, batch.Labels.AsSpan(0, batch.Count), learningRate: 0.1).Loss;
    if (step % ReportedSteps == 0)
    {
        Print($"steps {step - ReportedSteps + 1} to {step}: mean loss {sum / ReportedSteps:0.000}");
        sum = 0;
    }
}

using BatchLoader test = new(source.ReadTest(), options);
test.StartEpoch(1);
if (test.TryNext(out Batch? unseen))
{
    StepResult result = session.Evaluate(unseen.Pixels, unseen.Labels.AsSpan(0, unseen.Count));
    Print($"{result.Images} test images: loss {result.Loss:0.000}");
}

static void Print(FormattableString line) => Console.WriteLine(FormattableString.Invariant(line));
