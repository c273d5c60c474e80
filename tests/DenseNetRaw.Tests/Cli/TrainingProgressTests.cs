using DenseNetRaw.Cli;
using DenseNetRaw.Training;
using NUnit.Framework;
using Spectre.Console;

namespace DenseNetRaw.Tests.Cli;

public sealed class TrainingProgressTests
{
    private static readonly TrainingStart Start = new(
        2, 3, 6, 22, 13, 1000,
        new PlannedMemory("auto", 8 << 20, 5 << 20, 1 << 20, ["a", "b", "c", "d", "e", "f", "g"], 2));

    [TestCase(0.1, 250)]
    [TestCase(5, 500)]
    [TestCase(400, 2000)]
    public void PauseAfter_DrawingForSoLong_IsAHundredTimesThatWithinItsBounds(double drawing, double pause) =>
        Assert.That(
        LiveProgress.PauseAfter(TimeSpan.FromMilliseconds(drawing)), Is.EqualTo(TimeSpan.FromMilliseconds(pause)));

    [Test]
    public void Live_AtTheEndOfARun_ShowsItsNumbers()
    {
        string shown = Shown(live => Tell(live));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(shown, Does.Contain("tiny on test images").And.Contain("validation loss"));
            Assert.That(shown, Does.Contain("epoch 2/2  step 3/3  done"));
            Assert.That(shown, Does.Contain("loss 1.5000 (mean 1.5000)  accuracy 25.0 %  lr 0.01"));
            Assert.That(
                shown, Does.Contain("memory: auto within 8.0 MiB keeps 7 values and computes 2 again, 6.0 MiB"));
            Assert.That(shown, Does.Contain("100 %").And.Contain("0:00:00 left"));
            Assert.That(shown, Does.Contain("75.0 %*"));
        }
    }

    [Test]
    public void Live_OfARunWithoutEnd_StillSaysWhatIsLeft()
    {
        string shown = Shown(live =>
        {
            live.Started(Start with { TotalSteps = long.MaxValue });
            live.StepEnded(new StepReport(1, 1, 1, new(1.5, 2, 8), 0.1, 100, 1));
        });
        Assert.That(shown, Does.Match(@" 0 %  0:00:\d\d gone, \d+:\d\d:\d\d left"));
    }

    [Test]
    public void Live_OfARunThatFailsBeforeItStarts_ShowsNothing() => Assert.That(Shown(_ => { }), Is.Empty);

    [Test]
    public void Plain_OfARun_IsInTorchvisionsFormat()
    {
        const string Budget = "auto within 8.0 MiB keeps 7 values and computes 2 again";
        const string Sums = "img/s: 80.0  loss: 1.5000 (1.5000)  acc1: 25.0 (25.0)";
        const string Costs = "time: 0.1000  data: 0.0010  max mem: 6.0";
        using StringWriter output = new();
        Tell(new PlainProgress(output, "tiny on test images", "test", printFrequency: 2));
        Assert.That(output.ToString().ReplaceLineEndings("\n"), Is.EqualTo(
            $"""
            tiny on test images: 1,000 parameters, 22 training and 13 test images, 2 epochs of 3 steps
            memory: {Budget}, 6.0 MiB planned (step 5.0 MiB + parameters 1.0 MiB)
            Epoch: [1]  [2/3]  eta: 0:00:00  lr: 0.1  {Sums}  {Costs}
            Epoch: [1]  [3/3]  eta: 0:00:00  lr: 0.1  {Sums}  {Costs}
            Test: [1]  loss: 1.2500
             * Acc@1 75.000 (best)
            Epoch: [2]  [2/3]  eta: 0:00:00  lr: 0.01  {Sums}  {Costs}
            Epoch: [2]  [3/3]  eta: 0:00:00  lr: 0.01  {Sums}  {Costs}
            Test: [2]  loss: 1.2500
             * Acc@1 75.000
            Training time 1:02:03

            """));
    }

    [TestCase(6, 1, 3)]
    [TestCase(6, 2, 3)]
    [TestCase(2, 1, 2)]
    [TestCase(5, 2, 2)]
    public void Steps_OfAnEpoch_EndWithTheRun(int total, int epoch, int steps) =>
        Assert.That((Start with { TotalSteps = total }).StepsOf(epoch), Is.EqualTo(steps));

    [Test]
    public void Plain_OfARunThatEndsEarly_SaysSo()
    {
        using StringWriter output = new();
        new PlainProgress(output, "tiny", "test", printFrequency: 2).Started(Start with { TotalSteps = 5 });
        Assert.That(output.ToString(), Does.Contain("2 epochs of 3 steps, ending after 5 steps"));
    }

    [TestCase(0, "0.000")]
    [TestCase(0.00041, "0.000410")]
    [TestCase(0.0123, "0.0123")]
    [TestCase(0.1234, "0.123")]
    [TestCase(1.234, "1.23")]
    [TestCase(1234, "1,234")]
    public void Milliseconds_OfAnySize_HaveThreeDigits(double milliseconds, string text) =>
        Assert.That(Units.Milliseconds(milliseconds), Is.EqualTo(text));

    [Test]
    public void SmoothedValue_OfMoreThanItsWindow_HasTheMedianOfTheLastAndTheMeanOfAll()
    {
        SmoothedValue value = new();
        for (int i = 1; i <= 41; i++)
            value.Add(i);
        Assert.That(value.Median, Is.EqualTo(31));
        Assert.That(value.Mean, Is.EqualTo(21));
    }

    private static string Shown(Action<ITrainingObserver> run)
    {
        using StringWriter output = new();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            ColorSystem = ColorSystemSupport.NoColors,
            Out = new AnsiConsoleOutput(output),
        });
        console.Profile.Width = 120;
        using (LiveProgress live = new(console, "tiny on test images", "validation"))
            run(live);
        return output.ToString();
    }

    private static void Tell(ITrainingObserver observer)
    {
        observer.Started(Start);
        EpochReport? last = null;
        for (int epoch = 1; epoch <= 2; epoch++)
        {
            double learningRate = epoch == 1 ? 0.1 : 0.01;
            for (int step = 1; step <= 3; step++)
            {
                observer.StepEnded(
                    new StepReport((3 * (epoch - 1)) + step, epoch, step, new(1.5, 2, 8), learningRate, 100, 1));
            }

            observer.EvaluationAdvanced(13, 13);
            last = new EpochReport(epoch, learningRate, 1.5, 0.25, 1.25, 0.75, 80, Start.Memory.PeakBytes, epoch == 1);
            observer.EpochEnded(last);
        }

        observer.Ended(new TrainingSummary(
            6, last, last, IsStopped: false, new TimeSpan(1, 2, 3), Start.Memory.PeakBytes));
    }
}
